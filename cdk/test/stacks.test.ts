/** What the other stacks promise, and that every acknowledgement of cdk-nag is one that is needed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks } from '../lib/app.ts';
import { readFolders } from '../lib/folder.ts';
import { CONFIG_RULES } from '../lib/stacks/detection.ts';
import { CASE_TAG, Member } from '../lib/stacks/member.ts';
import { REPOSITORY, reachesMembers, readTasks } from '../lib/task.ts';
import { government, small, whole } from './configs.ts';
import { all, newApp, resources, stacksOf, templateOf } from './support.ts';

const { members, detection, observability, pipeline } = stacksOf(whole);
const folders = readFolders();

test('a member forwards what the workflows answer to, and nothing else', () => {
  const patterns = folders.flatMap((folder) => folder.rules.map((rule) => JSON.stringify(rule.EventPattern)));
  for (const member of members) {
    const forwarded = Object.values(resources(member, 'AWS::Events::Rule')).map(({ Properties }) => JSON.stringify(Properties.EventPattern));
    assert.deepEqual(forwarded.map(sorted).sort(), patterns.map(sorted).sort());
    for (const { Properties } of Object.values(resources(member, 'AWS::Events::Rule'))) {
      assert.equal(Properties.Targets[0].Arn, 'arn:aws:events:us-east-1:123456789012:event-bus/redress');
      assert.ok(Properties.Targets[0].DeadLetterConfig.Arn);
    }
  }
});

const responseRole = (member: Member) =>
  Object.values(resources(member, 'AWS::IAM::Role')).filter(({ Properties }) => Properties.RoleName === 'redress-response')[0]!.Properties;

test('an account has the response role once, for the central tasks alone, with external id and case', () => {
  const withRole = members.filter((member) => member.role);
  assert.deepEqual(withRole.map((member) => [member.account, member.region]), [['210987654321', 'us-east-1']]);
  const role = responseRole(withRole[0]!);
  const [assume, tag, ...more] = role.AssumeRolePolicyDocument.Statement;
  assert.deepEqual([assume.Action, tag.Action, more], ['sts:AssumeRole', 'sts:TagSession', []]);
  assert.equal(assume.Condition.StringEquals['sts:ExternalId'], 'an-external-id-for-tests');
  for (const statement of [assume, tag]) {
    assert.equal(statement.Condition.StringLike[`aws:RequestTag/${CASE_TAG}`], '?*');
    assert.deepEqual(statement.Condition['ForAllValues:StringEquals']['aws:TagKeys'], [CASE_TAG]);
    assert.deepEqual(statement.Principal, { AWS: 'arn:aws:iam::123456789012:root' });
  }
  // Exactly those that may assume it, as their own roles say.
  const wanted = Object.values(stacksOf(whole).response.functions).map(({ task }) => task).filter(reachesMembers);
  assert.ok(wanted.length >= 10 && wanted.some((task) => task.name === 'contain-role') && !wanted.some((task) => task.name === 'notify'));
  const trusted: string[] = assume.Condition.ArnEquals['aws:PrincipalArn'];
  assert.deepEqual(trusted.toSorted(), wanted.map((task) => `arn:aws:iam::123456789012:role/redress/redress-${task.name}`).toSorted());
  // What IAM has room for.
  assert.ok(JSON.stringify(role.AssumeRolePolicyDocument).length <= 2048);
  assert.ok(JSON.stringify(role.Policies[0].PolicyDocument).length <= 10_240);
});

test('the roles of the tasks that reach members may assume the response roles, and no others', () => {
  const roles = Object.values(resources(stacksOf(whole).response, 'AWS::IAM::Role')).map(({ Properties }) => Properties);
  for (const task of readTasks()) {
    const role = roles.find(({ RoleName }) => RoleName === `redress-${task.name}`);
    const statements: any[] = role.Policies.find(({ PolicyName }: any) => PolicyName === 'task').PolicyDocument.Statement;
    const assumes = statements.filter((statement) => [statement.Action].flat().includes('sts:AssumeRole'));
    const expected = reachesMembers(task) ? ['arn:aws:iam::210987654321:role/redress/redress-response'] : [];
    assert.deepEqual(assumes.flatMap(({ Resource }) => Resource), expected, task.name);
  }
  const functions = Object.values(resources(stacksOf(whole).response, 'AWS::Lambda::Function')).map(({ Properties }) => Properties);
  for (const task of readTasks()) {
    const { MEMBER_ACCOUNTS: accounts, MEMBER_EXTERNAL_ID: externalId } = functions.find(({ FunctionName }) => FunctionName === task.name).Environment?.Variables ?? {};
    const expected = reachesMembers(task) ? ['210987654321', 'an-external-id-for-tests'] : [undefined, undefined];
    assert.deepEqual([accounts, externalId], expected, task.name);
  }
  const alone = JSON.stringify(templateOf(stacksOf(small).response).toJSON());
  assert.ok(!alone.includes('sts:TagSession') && !alone.includes('MEMBER_'), 'without members nobody assumes anything');
});

test('the response role keeps the conditions of the manifest, and statements that differ in them apart', () => {
  const resources = ['arn:${Partition}:iam::${Account}:role/*'];
  const conditions = [{ operator: 'StringEquals', key: 'aws:ResourceTag/team', values: ['web'] }];
  const [task] = readTasks();
  const statement = { effect: 'Allow', resources, why: '' } as const;
  const made = [
    { ...statement, actions: ['iam:GetRole', 'dynamodb:GetItem'] },
    { ...statement, actions: ['iam:PutRolePolicy'], conditions },
    { ...statement, actions: ['iam:ListRoles'] },
  ];
  const member = new Member(newApp(), 'Alone', {
    env: { account: '210987654321', region: 'us-east-1' },
    centralBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/redress',
    folders,
    response: { homeAccount: '123456789012', externalId: 'an-external-id-for-tests', tasks: [{ task: { ...task!, iam: made }, functionName: 'it' }] },
  });
  const Resource = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::210987654321:role/*']] };
  const statements = responseRole(member).Policies[0].PolicyDocument.Statement.map((one: any) => ({ ...one, Resource: typeof one.Resource === 'string' ? Resource : one.Resource }));
  assert.deepEqual(statements, [
    { Effect: 'Allow', Action: ['iam:GetRole', 'iam:ListRoles'], Resource },
    { Effect: 'Allow', Action: 'iam:PutRolePolicy', Resource, Condition: { StringEquals: { 'aws:ResourceTag/team': ['web'] } } },
  ]);
});

test('the response role denies what the manifest denies', () => {
  const denied = new Set(readTasks().flatMap((task) => task.iam.filter((statement) => statement.effect === 'Deny').flatMap((statement) => statement.actions)).filter((action) => action.startsWith('iam:')));
  const [role] = Object.values(resources(members[0]!, 'AWS::IAM::Role')).filter(({ Properties }) => Properties.RoleName === 'redress-response');
  const statements: any[] = role!.Properties.Policies[0].PolicyDocument.Statement;
  const made = new Set(statements.filter((statement) => statement.Effect === 'Deny').flatMap((statement) => statement.Action));
  assert.deepEqual(made, denied);
  for (const statement of statements) {
    assert.ok([statement.Action].flat().every((action: string) => /^(iam|ec2):/.test(action)));
  }
});

test('each service that finds things is switched on by itself', () => {
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
    const { detection: alone } = addStacks(new App({ context: newApp().node.getAllContext() }), { ...small, detection: { [name]: true } }, { isOnlyChecked: true });
    const found = Object.values(types).filter((type) => Object.keys(resources(alone!, type)).length > 0);
    assert.deepEqual(found, [type]);
  }
  assert.equal(stacksOf(small).detection, undefined);
});

test('Config has the rules to which a workflow answers', () => {
  const names = Object.values(resources(detection!, 'AWS::Config::ConfigRule')).map(({ Properties }) => Properties.ConfigRuleName);
  assert.deepEqual(names.sort(), Object.keys(CONFIG_RULES).sort());
  const rule = folders.flatMap((folder) => folder.rules).find((rule) => rule.id === 'config')!;
  for (const { prefix } of (rule.EventPattern.detail!.configRuleName as { prefix: string }[])) {
    assert.ok(names.some((name) => name.startsWith(prefix)), `nothing makes findings of ${prefix}`);
  }
});

test('alarms wake people for what nobody else tells them', () => {
  const alarms = Object.values(resources(observability!, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  assert.ok(alarms.every((alarm) => alarm.AlarmActions.length === 1), 'every alarm tells the topic');
  const about = (text: RegExp) => alarms.filter((alarm) => text.test(alarm.AlarmDescription)).length;
  assert.equal(about(/failed, timed out or was stopped/), folders.length);
  const queues = Object.keys(resources(stacksOf(whole).response, 'AWS::SQS::Queue')).length;
  assert.equal(about(/dead-letter queue/), queues, 'one for each queue');
  assert.equal(about(/breaker is open/), 1);
  const missed = Object.values(resources(stacksOf(whole).response, 'AWS::CloudWatch::Alarm'));
  assert.equal(missed[0]!.Properties.AlarmActions.length, 1, 'a canary that is missed too');
});

test('a change of a containment by anybody else goes to people', () => {
  const [rule] = Object.values(resources(observability!, 'AWS::Events::Rule'));
  const { detail } = rule!.Properties.EventPattern;
  assert.deepEqual(detail.requestParameters.policyName, [{ prefix: 'redress-contain-' }]);
  assert.deepEqual(detail.userIdentity.sessionContext.sessionIssuer.arn[1], { 'anything-but': { wildcard: 'arn:*:iam::*:role/redress/*' } });
});

test('the dashboard shows findings, time to contain, questions, undos and failures', () => {
  const [board] = Object.values(resources(observability!, 'AWS::CloudWatch::Dashboard'));
  const text = JSON.stringify(board!.Properties.DashboardBody);
  for (const title of ['Findings', 'Time to contain', 'Approvals waiting', 'Changes and undos', 'Failed, timed out, stopped', 'Plans of the canary', 'Alarms']) {
    assert.ok(text.includes(title), title);
  }
  assert.ok(text.includes('Contain the role'), 'the states that act are those of the definition');
});

test('a check that fails stops the line, and production asks a person after staging has answered', () => {
  const [made] = Object.values(resources(pipeline!, 'AWS::CodePipeline::Pipeline'));
  const stages = made!.Properties.Stages as { Name: string; Actions: { Name: string; RunOrder: number; ActionTypeId: { Category: string } }[] }[];
  assert.deepEqual(stages.map((stage) => stage.Name), ['Source', 'Build', 'Check', 'Staging', 'Production']);
  const names = (n: number) => stages[n]!.Actions.map((action) => action.Name).sort();
  assert.deepEqual(names(2), ['Policies', 'Secrets', 'Test']);
  assert.deepEqual(names(3), ['DeployToStaging', 'SmokeInStaging']);
  const production = Object.fromEntries(stages[4]!.Actions.map((action) => [action.Name, action]));
  assert.equal(production.Approve!.ActionTypeId.Category, 'Approval');
  assert.ok(production.Approve!.RunOrder < production.DeployToProduction!.RunOrder);
});

test('what a project of the pipeline may assume is what CDK deploys with, in the place that it deploys to', () => {
  const policies = Object.values(resources(pipeline!, 'AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const assumed = policies.filter((statement) => statement.Action === 'sts:AssumeRole' && JSON.stringify(statement.Resource).includes('cdk-hnb659fds'));
  assert.equal(assumed.length, 2, 'those two projects that deploy');
  const smoke = policies.filter((statement) => JSON.stringify(statement.Resource ?? '').includes('redress-smoke'));
  assert.deepEqual(smoke.map(({ Action, Resource }) => [Action, Resource]).sort(), [
    ['sts:AssumeRole', 'arn:aws:iam::123456789012:role/redress/redress-smoke'],
    ['sts:AssumeRole', 'arn:aws:iam::345678901234:role/redress/redress-smoke'],
  ]);
});

test('what a project of the pipeline runs stands in the Makefile, after what it needs is installed', () => {
  const makefile = readFileSync(join(REPOSITORY, 'Makefile'), 'utf8');
  const projects = Object.values(resources(pipeline!, 'AWS::CodeBuild::Project'));
  assert.equal(projects.length, 8);
  for (const { Properties } of projects) {
    const { install, build } = JSON.parse(Properties.Source.BuildSpec).phases;
    assert.deepEqual(Object.keys(install['runtime-versions']), ['nodejs', 'python']);
    assert.ok(install.commands.some((command: string) => command.includes('rustup')), Properties.Name);
    const [environment, ...commands] = build.commands as string[];
    assert.equal(environment, '. "$HOME/.cargo/env"');
    for (const command of commands) {
      const target = /^make ([a-z-]+)( YES=1)?$/.exec(command)?.[1];
      assert.match(makefile, new RegExp(`^${target}:`, 'm'), command);
    }
  }
});

test('what a pipeline deploys elsewhere trusts the projects of that pipeline that smoke-test it, and nobody else', () => {
  const { response } = addStacks(newApp(), whole, { isOnlyChecked: true, place: whole.pipeline!.production });
  const role = Object.values(resources(response, 'AWS::IAM::Role')).find(({ Properties }) => Properties.RoleName === 'redress-smoke')!;
  const [trust, ...more] = role.Properties.AssumeRolePolicyDocument.Statement;
  assert.deepEqual(more, []);
  assert.equal(trust.Principal.AWS, 'arn:aws:iam::123456789012:root');
  assert.deepEqual(trust.Condition, { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/RedressPipeline-Smoke*' } });
  const actions = role.Properties.Policies.flatMap((policy: any) => policy.PolicyDocument.Statement.map((statement: any) => statement.Action));
  assert.deepEqual(actions.sort(), ['events:PutEvents', 'iam:GetRole', 'states:DescribeExecution', 'states:ListExecutions']);
});

test('without a pipeline nobody has the role of the smoke test', () => {
  const roles = Object.values(resources(stacksOf({ ...whole, pipeline: undefined as never }).response, 'AWS::IAM::Role'));
  assert.ok(!roles.some(({ Properties }) => Properties.RoleName === 'redress-smoke'));
});

for (const [name, config] of Object.entries({ small, whole, government })) {
  test(`every acknowledgement of the configuration \`${name}\` is of something that cdk-nag finds`, () => {
    const { acknowledged, found } = nag(config);
    const idle = [...acknowledged].filter((id) => !found.some((violation) => violation === id || covers(id, violation)));
    assert.deepEqual(idle, []);
    console.log(`# ${name}: ${acknowledged.size} acknowledgements, ${all(config).length} stacks`);
  });
}

/** What is acknowledged, and what cdk-nag finds if nothing is: each as `path id`. */
function nag(config: typeof whole): { acknowledged: Set<string>; found: string[] } {
  const acknowledged = new Set<string>();
  const found: string[] = [];
  for (const stack of all(config)) {
    templateOf(stack);
    const checks = new AwsSolutionsChecks(stack);
    Object.assign(checks, { isAcknowledged: () => false });
    for (const violation of checks.validateScope(stack).violations) {
      found.push(...violation.violatingResources.map((resource) => `${resource.constructPath ?? resource.resourceLogicalId} ${violation.ruleName.replace(/^(Annotation|AwsSolutions)::/, '')}`));
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

/** JSON with its keys in order: CDK writes them in another. */
function sorted(text: string): string {
  return JSON.stringify(JSON.parse(text, (_, value: unknown) => (value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value)));
}
