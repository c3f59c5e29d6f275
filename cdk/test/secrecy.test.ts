/** With a key of the customer, histories are encrypted with it too; and the pipeline runs nothing that is not pinned. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { small, whole } from './configs.ts';
import { home, resources, stacksOf, statements } from './support.ts';

const machines = (config: typeof whole) =>
  Object.values(resources(home(stacksOf(config)), 'AWS::StepFunctions::StateMachine')).map(
    ({ Properties }) => Properties,
  );

test("with a customer managed key the histories of all state machines are encrypted with it, the canary's too", () => {
  assert.ok(machines(whole).some(({ StateMachineName }) => StateMachineName === 'redress-canary'));
  for (const { StateMachineName, EncryptionConfiguration } of machines(whole)) {
    assert.equal(EncryptionConfiguration?.Type, 'CUSTOMER_MANAGED_KMS_KEY', StateMachineName);
    assert.match(JSON.stringify(EncryptionConfiguration.KmsKeyId), /Key/);
  }
  assert.ok(machines(small).every(({ EncryptionConfiguration }) => EncryptionConfiguration === undefined));
});

test('the role of `make smoke` may read the executions of the canary that are encrypted', () => {
  const made = statements(home(stacksOf(whole)), 'redress-smoke', 'smoke');
  const [decrypts, ...more] = made.filter(({ Action }) => Action === 'kms:Decrypt');
  assert.match(JSON.stringify(decrypts.Condition.StringEquals['kms:ViaService']), /states\.us-east-1\./);
  assert.deepEqual(more, []);
});

test('whoever reads such executions, and the delivery of their logs, may decrypt them', () => {
  const stacks = home(stacksOf(whole));
  const [statement] = statements(stacks, 'redress-open-case', 'key');
  assert.match(JSON.stringify(statement.Condition.StringEquals['kms:ViaService']), /states\.us-east-1\./);
  const [key] = Object.values(resources(stacks, 'AWS::KMS::Key'));
  const delivery = key!.Properties.KeyPolicy.Statement.find(({ Sid }: any) => Sid === 'LogDeliveryOfThisAccount');
  assert.deepEqual([delivery.Action, delivery.Principal.Service], ['kms:Decrypt', 'delivery.logs.amazonaws.com']);
});

test('people who answer may not decrypt what executions hold, task tokens among it', () => {
  for (const config of [small, whole]) {
    const policies = Object.values(resources(home(stacksOf(config)), 'AWS::IAM::ManagedPolicy'));
    const people = policies.filter(({ Properties }) => /people who answer/.test(Properties.Description ?? ''));
    assert.equal(people.length, 1);
    const document = JSON.stringify(people[0]!.Properties.PolicyDocument);
    assert.match(document, /execute-api:Invoke/);
    assert.doesNotMatch(document, /kms:|GetExecutionHistory|DescribeExecution|SendTask/);
  }
});

test('the pipeline runs no installer that it has not pinned, and only one file names the version of Rust', () => {
  const toolchain = readFileSync(join(import.meta.dirname, '..', '..', 'rust-toolchain.toml'), 'utf8');
  const version = /channel = "(.*)"/.exec(toolchain)![1]!;
  const projects = Object.values(resources(stacksOf(whole).pipeline!, 'AWS::CodeBuild::Project'));
  assert.ok(projects.length > 5);
  for (const { Properties } of projects) {
    const { phases } = JSON.parse(Properties.Source.BuildSpec);
    const commands: string[] = [...phases.install.commands, ...phases.build.commands];
    const fetched = commands.findIndex((command) => command.includes('curl'));
    assert.match(
      commands[fetched]!,
      /-o \/tmp\/rustup-init https:\/\/static\.rust-lang\.org\/rustup\/archive\/\d+\.\d+\.\d+\//,
    );
    assert.match(commands[fetched + 1]!, /^echo '[0-9a-f]{64} {2}\/tmp\/rustup-init' \| sha256sum --check --strict$/);
    for (const command of commands) {
      assert.doesNotMatch(command, /\|\s*(ba)?sh\b/);
      assert.ok(!command.includes(version), command);
    }
  }
});
