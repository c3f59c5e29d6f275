/** The promises of the other stacks. Every acknowledgement of cdk-nag is needed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks } from '../lib/app.ts';
import { configRules } from '../lib/stacks/detection.ts';
import { changes, REPOSITORY } from '../lib/task.ts';
import { government, samples, small, whole } from './configs.ts';
import { all, home, named, newApp, resources, stacksOf, templateOf } from './support.ts';

const { responses, detection, observability, pipeline } = stacksOf(whole);

test('each detection service has a switch of its own', () => {
  const types: Record<string, string> = {
    guardDuty: 'AWS::GuardDuty::Detector',
    securityHub: 'AWS::SecurityHub::Hub',
    config: 'AWS::Config::ConfigurationRecorder',
    macie: 'AWS::Macie::Session',
    accessAnalyzer: 'AWS::AccessAnalyzer::Analyzer',
    trail: 'AWS::CloudTrail::Trail',
  };
  for (const [name, type] of Object.entries(types)) {
    assert.equal(Object.keys(resources(detection!, type)).length, 1, name);
    const { detection: alone } = addStacks(
      new App({ context: newApp().node.getAllContext() }),
      { ...small, detection: { [name]: true } },
      { isOnlyChecked: true },
    );
    const found = Object.values(types).filter((type) => Object.keys(resources(alone!, type)).length > 0);
    assert.deepEqual(found, [type]);
  }
  assert.equal(stacksOf(small).detection, undefined);
});

test('Config has the managed rules that the responses name, with their identifiers', () => {
  const made = Object.values(resources(detection!, 'AWS::Config::ConfigRule')).map(({ Properties }) => [
    Properties.ConfigRuleName,
    Properties.Source.SourceIdentifier,
  ]);
  assert.deepEqual(made.sort(), [
    ['iam-policy-no-statements-with-admin-access', 'IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS'],
    ['iam-policy-no-statements-with-full-access', 'IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS'],
    ['s3-bucket-server-side-encryption-enabled', 'S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED'],
  ]);
  assert.deepEqual(configRules(samples), ['iam-user-mfa-enabled', 's3-bucket-server-side-encryption-enabled']);
});

test('alarms report what no message reports', () => {
  const alarms = Object.values(resources(observability!, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  assert.ok(
    alarms.every((alarm) => alarm.AlarmActions.length === 1),
    'every alarm tells the topic',
  );
  const about = (text: RegExp) => alarms.filter((alarm) => text.test(alarm.AlarmDescription)).length;
  assert.equal(about(/failed, timed out or was stopped/), responses.length);
  const queues = Object.values(resources(responses, 'AWS::SQS::Queue')).map(({ Properties }) => Properties.QueueName);
  const watched = alarms
    .filter(({ Namespace }) => Namespace === 'AWS/SQS')
    .map(({ Dimensions }) => Dimensions[0].Value);
  assert.deepEqual(watched.sort(), queues.sort(), 'one for each queue');
  const acting = responses.flatMap(({ functions }) =>
    functions.filter(({ task }) => changes(task)).map(({ functionName }) => functionName),
  );
  const throttled = alarms
    .filter(({ MetricName }) => MetricName === 'Throttles')
    .map(({ Dimensions }) => Dimensions[0].Value);
  assert.deepEqual(throttled.sort(), acting.sort(), 'one for each function that changes something');
  assert.equal(about(/breaker is open/), 1);
  const missed = Object.values(resources(responses, 'AWS::CloudWatch::Alarm'));
  assert.deepEqual(
    missed.map(({ Properties }) => [Properties.AlarmName, Properties.AlarmActions.length]),
    [['redress-canary-missed', 1]],
  );
});

test('metrics are counted in log groups that the other stacks have', () => {
  const groups = Object.values(resources(home(stacksOf(whole)), 'AWS::Logs::LogGroup')).map(
    ({ Properties }) => Properties.LogGroupName,
  );
  const filters = Object.values(resources(observability!, 'AWS::Logs::MetricFilter')).map(
    ({ Properties }) => Properties,
  );
  assert.deepEqual(
    // A reference is to a log group of the stack itself.
    filters
      .map(({ LogGroupName }) => LogGroupName)
      .filter((name) => typeof name === 'string' && !groups.includes(name)),
    [],
  );
  const counting = filters.filter(({ MetricTransformations: [metric] }) => metric.MetricName === 'BreakerOpen');
  assert.equal(
    counting.length,
    responses.filter(({ functions }) => functions.some(({ task }) => task.step === 'check-guardrails')).length,
  );
});

test('the dashboard shows findings, the time to change, questions, undos and failures', () => {
  const [board] = Object.values(resources(observability!, 'AWS::CloudWatch::Dashboard'));
  const text = JSON.stringify(board!.Properties.DashboardBody);
  for (const title of [
    'Findings',
    'Time to change',
    'Approvals waiting',
    'Changes and undos',
    'Failed, timed out, stopped',
    'Plans of the canary',
    'Alarms',
  ]) {
    assert.ok(text.includes(title), title);
  }
  assert.ok(text.includes('Make the change'), 'the states that act are those of the definition');
});

test('a check that fails stops the pipeline, and a person approves production after staging has answered', () => {
  const [made] = Object.values(resources(pipeline!, 'AWS::CodePipeline::Pipeline'));
  const stages = made!.Properties.Stages as {
    Name: string;
    Actions: { Name: string; RunOrder: number; ActionTypeId: { Category: string } }[];
  }[];
  assert.deepEqual(
    stages.map((stage) => stage.Name),
    ['Source', 'Build', 'Check', 'Staging', 'Production'],
  );
  const names = (n: number) => stages[n]!.Actions.map((action) => action.Name).sort();
  assert.deepEqual(names(2), ['Policies', 'Secrets', 'Test']);
  assert.deepEqual(names(3), ['DeployToStaging', 'SmokeInStaging']);
  const production = Object.fromEntries(stages[4]!.Actions.map((action) => [action.Name, action]));
  assert.equal(production.Approve!.ActionTypeId.Category, 'Approval');
  assert.ok(production.Approve!.RunOrder < production.DeployToProduction!.RunOrder);
});

test('a project of the pipeline may assume the roles of CDK in the place that it deploys to, and no others', () => {
  const policies = Object.values(resources(pipeline!, 'AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
  const assumed = policies.filter(
    (statement) =>
      statement.Action === 'sts:AssumeRole' && JSON.stringify(statement.Resource).includes('cdk-hnb659fds'),
  );
  assert.equal(assumed.length, 2, 'the two projects that deploy');
  const smoke = policies.filter((statement) => JSON.stringify(statement.Resource ?? '').includes('redress-smoke'));
  assert.deepEqual(smoke.map(({ Action, Resource }) => [Action, Resource]).sort(), [
    ['sts:AssumeRole', 'arn:aws:iam::123456789012:role/redress/redress-smoke'],
    ['sts:AssumeRole', 'arn:aws:iam::345678901234:role/redress/redress-smoke'],
  ]);
});

test('a project of the pipeline runs targets of the Makefile, after it has installed its tools', () => {
  const makefile = readFileSync(join(REPOSITORY, 'Makefile'), 'utf8');
  const projects = Object.values(resources(pipeline!, 'AWS::CodeBuild::Project'));
  assert.equal(projects.length, 8);
  for (const { Properties } of projects) {
    const { install, build } = JSON.parse(Properties.Source.BuildSpec).phases;
    assert.deepEqual(Object.keys(install['runtime-versions']), ['nodejs', 'python']);
    assert.ok(
      install.commands.some((command: string) => command.includes('rustup')),
      Properties.Name,
    );
    const [environment, ...commands] = build.commands as string[];
    assert.equal(environment, '. "$HOME/.cargo/env"');
    for (const command of commands) {
      const target = /^make ([a-z-]+)( YES=1)?$/.exec(command)?.[1];
      assert.match(makefile, new RegExp(`^${target}:`, 'm'), command);
    }
  }
});

test('the role of the smoke test trusts the projects of the pipeline that run it, and nobody else', () => {
  const role = named(
    home(addStacks(newApp(), whole, { isOnlyChecked: true, place: whole.pipeline!.production })),
    'AWS::IAM::Role',
    'RoleName',
    'redress-smoke',
  );
  const [trust, ...more] = role.AssumeRolePolicyDocument.Statement;
  assert.deepEqual(more, []);
  assert.equal(trust.Principal.AWS, 'arn:aws:iam::123456789012:root');
  assert.deepEqual(trust.Condition, {
    ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/RedressPipeline-Smoke*' },
  });
  const actions = role.Policies.flatMap((policy: any) =>
    policy.PolicyDocument.Statement.map((statement: any) => statement.Action),
  );
  assert.deepEqual(actions.sort(), [
    'events:PutEvents',
    'iam:GetRole',
    'kms:Decrypt',
    'states:DescribeExecution',
    'states:ListExecutions',
  ]);
});

test('without a pipeline there is no role of the smoke test', () => {
  const roles = Object.values(resources(home(stacksOf({ ...whole, pipeline: undefined as never })), 'AWS::IAM::Role'));
  assert.ok(!roles.some(({ Properties }) => Properties.RoleName === 'redress-smoke'));
});

for (const [name, config] of Object.entries({ small, whole, government })) {
  test(`every acknowledgement of the configuration \`${name}\` is of a finding of cdk-nag`, () => {
    const { acknowledged, found } = nag(config);
    const idle = [...acknowledged].filter(
      (id) => !found.some((violation) => violation === id || covers(id, violation)),
    );
    assert.deepEqual(idle, []);
    console.log(`# ${name}: ${acknowledged.size} acknowledgements, ${all(stacksOf(config)).length} stacks`);
  });
}

/** The acknowledgements, and the findings of cdk-nag without them: each as `path id`. */
function nag(config: typeof whole): { acknowledged: Set<string>; found: string[] } {
  const acknowledged = new Set<string>();
  const found: string[] = [];
  for (const stack of all(stacksOf(config))) {
    templateOf(stack);
    const checks = new AwsSolutionsChecks(stack);
    Object.assign(checks, { isAcknowledged: () => false });
    for (const violation of checks.validateScope(stack).violations) {
      found.push(
        ...violation.violatingResources.map(
          (resource) =>
            `${resource.constructPath ?? resource.resourceLogicalId} ${violation.ruleName.replace(/^(Annotation|AwsSolutions)::/, '')}`,
        ),
      );
    }
    for (const construct of stack.node.findAll()) {
      for (const { data } of construct.node.metadata.filter((entry) => entry.type === 'aws:cdk:acknowledged-rules')) {
        for (const id of Object.keys(data as object)) {
          acknowledged.add(`${construct.node.path} ${id.replace(/^(Annotation|AwsSolutions)::/, '')}`);
        }
      }
    }
  }
  return { acknowledged, found };
}

/** Whether an acknowledgement on a construct is of a finding at or below it. */
function covers(acknowledged: string, violation: string): boolean {
  const [at, id] = split(acknowledged);
  const [where, finding] = split(violation);
  return id === finding && `${where}/`.startsWith(`${at}/`);
}

function split(text: string): [string, string] {
  const space = text.indexOf(' ');
  return [text.slice(0, space), text.slice(space + 1)];
}
