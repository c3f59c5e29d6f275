/** The definition of the probe: which events it makes for which response, and how it finds their executions. */
import { matches } from './response/matching.ts';
import type { Response } from './response/response.ts';

/** A response that a real event of a service must start. */
export type Probed =
  | { readonly machine: string; readonly source: 'GuardDuty'; readonly type: string }
  | { readonly machine: string; readonly source: 'CloudTrail'; readonly role: string };

/** The trust policy of its role. Nothing can use it: the role may do nothing, and no instance profile has it. */
export const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** The call that it makes, as CloudTrail reports it, as far as rules look at it. */
const callOn = (role: string) => ({
  source: 'aws.iam',
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    eventSource: 'iam.amazonaws.com',
    eventName: 'UpdateAssumeRolePolicy',
    requestParameters: { roleName: role, policyDocument: JSON.stringify(TRUST) },
  },
});

/** A recorded finding of GuardDuty, as far as it is of interest here. */
interface Finding {
  readonly source?: unknown;
  readonly detail?: { readonly type?: unknown; readonly service?: { readonly additionalInfo?: unknown } };
}

/**
 * The probes of a response: a sample finding, if one of its events is a sample of GuardDuty that a rule takes, and a call of IAM,
 * if a rule takes it. Other services have nothing that could be made without a permission to forge findings.
 */
export function probesOf(machine: string, response: Response, role: string): Probed[] {
  const takes = (event: object) => response.rules.some(({ EventPattern }) => matches(EventPattern, event));
  const sample = response.events.find((event) => {
    const { source, detail } = event as Finding;
    return source === 'aws.guardduty' && /"sample\\*"/.test(JSON.stringify(detail?.service) ?? '') && takes(event);
  }) as Finding | undefined;
  return [
    ...(sample ? [{ machine, source: 'GuardDuty' as const, type: String(sample.detail?.type) }] : []),
    ...(takes(callOn(role)) ? [{ machine, source: 'CloudTrail' as const, role }] : []),
  ];
}

/**
 * The waits between its looks, in seconds: short at first, and seven hours in all. GuardDuty sends a new finding within about
 * five minutes, and what came to a known one every six hours, unless the account has another frequency. CloudTrail takes minutes.
 * Source: GuardDuty user guide, "EventBridge notification frequency".
 */
const [FIRST_WAIT, LONGEST_WAIT, LOOKS] = [60, 3600, 12];

/** A run has room for this many executions that are read. Source: Step Functions quotas, 25,000 events of a history. */
const ROOM = 22_000;
const EVENTS_OF_A_READ = 8;

/** How far back a look goes behind the last one: what it started may not have ended then. */
const OVERLAP_SECONDS = 600;

/** Whether an execution is the one that was waited for: about this very event, and ended as it must. */
export const IS_OURS = [
  '($event := $parse($states.result.Input).event; $end := $parse($states.result.Output);',
  "$probe.Source = 'GuardDuty'",
  "? ($event.source = 'aws.guardduty' and $event.detail.type = $probe.Type",
  "and $contains($string($event.detail.service.additionalInfo), 'sample') and $end.disposition = 'Ignored')",
  ": ($event.source = 'aws.iam' and $event.detail.eventName = 'UpdateAssumeRolePolicy'",
  'and $event.detail.requestParameters.roleName = $probe.Role and $toMillis($event.detail.eventTime) + 1000 > $begun',
  "and ($end.status = 'NothingToDo' or $end.disposition = 'AlreadyHandled')))",
].join(' ');

const RETRY = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 4, BackoffRate: 3 }];

/** The definition. `arnOf` makes the ARN of a state machine of its name. */
export function definition(probed: readonly Probed[], arnOf: (name: string) => string): object {
  const call = (comment: string, api: string, sent: object, next: object) => ({
    Type: 'Task',
    Comment: comment,
    Resource: `arn:aws:states:::aws-sdk:${api}`,
    Arguments: sent,
    TimeoutSeconds: 60,
    Retry: RETRY,
    ...next,
  });
  const orNot = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'It was not answered' }] };
  const answered = (was: boolean, comment: string) => ({
    Type: 'Pass',
    Comment: comment,
    Output: { Name: "{% $probe.Name & ' (' & $probe.Source & ')' %}", Answered: was },
    End: true,
  });
  return {
    Comment: 'Makes real events, and fails if one of them did not start the response that answers it.',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 32_400,
    StartAt: 'Try each response',
    States: {
      'Try each response': {
        Type: 'Map',
        Comment: 'Each response, with the event that must start it.',
        Items: probed.map((one) => ({
          Name: one.machine,
          StateMachineArn: arnOf(one.machine),
          Source: one.source,
          ...(one.source === 'GuardDuty' ? { Type: one.type } : { Role: one.role }),
        })),
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Begin',
          States: {
            Begin: {
              Type: 'Pass',
              Comment: 'Notes the time: only later executions count.',
              Assign: {
                probe: '{% $states.input %}',
                begun: '{% $toMillis($states.context.State.EnteredTime) %}',
                from: '{% $toMillis($states.context.State.EnteredTime) %}',
                wait: FIRST_WAIT,
                looks: 0,
              },
              Next: 'Whose event is it?',
            },
            'Whose event is it?': {
              Type: 'Choice',
              Comment: 'A finding is made by GuardDuty, and a call is reported by CloudTrail.',
              Choices: [{ Condition: "{% $probe.Source = 'GuardDuty' %}", Next: 'Find the detector' }],
              Default: 'Write the trust policy again',
            },
            'Find the detector': call(
              'There is one in each region.',
              'guardduty:listDetectors',
              {},
              {
                Output: { DetectorId: '{% $states.result.DetectorIds[0] %}' },
                Next: 'Make a sample finding',
                ...orNot,
              },
            ),
            'Make a sample finding': call(
              'GuardDuty sends it as it sends any other. A response ignores what is marked as a sample.',
              'guardduty:createSampleFindings',
              { DetectorId: '{% $states.input.DetectorId %}', FindingTypes: '{% [$probe.Type] %}' },
              { Next: 'Wait for the execution', ...orNot },
            ),
            'Write the trust policy again': call(
              'It is the same trust policy. CloudTrail reports the call like any other.',
              'iam:updateAssumeRolePolicy',
              { RoleName: '{% $probe.Role %}', PolicyDocument: JSON.stringify(TRUST) },
              { Next: 'Wait for the execution', ...orNot },
            ),
            'Wait for the execution': {
              Type: 'Wait',
              Comment: 'Longer each time.',
              Seconds: '{% $wait %}',
              Assign: {
                wait: `{% $min([2 * $wait, ${LONGEST_WAIT}]) %}`,
                looks: '{% $looks + 1 %}',
              },
              Next: 'List what has ended',
            },
            'List what has ended': call(
              'The latest executions of the response that have succeeded.',
              'sfn:listExecutions',
              {
                StateMachineArn: '{% $probe.StateMachineArn %}',
                StatusFilter: 'SUCCEEDED',
                MaxResults: Math.min(1000, Math.floor(ROOM / (LOOKS * EVENTS_OF_A_READ * Math.max(1, probed.length)))),
              },
              {
                Assign: {
                  from: `{% $max([$begun, $toMillis($states.context.State.EnteredTime) - ${OVERLAP_SECONDS * 1000}]) %}`,
                },
                Output: { Executions: '{% [$states.result.Executions[$toMillis(StartDate) >= $from].ExecutionArn] %}' },
                Next: 'Read each of them',
                ...orNot,
              },
            ),
            'Read each of them': {
              Type: 'Map',
              Comment: 'What started it, and how it ended.',
              Items: '{% $states.input.Executions %}',
              MaxConcurrency: 2,
              ItemProcessor: {
                ProcessorConfig: { Mode: 'INLINE' },
                StartAt: 'Read it',
                States: {
                  'Read it': call(
                    'Its input has the event.',
                    'sfn:describeExecution',
                    { ExecutionArn: '{% $states.input %}' },
                    {
                      Output: `{% ${IS_OURS} %}`,
                      End: true,
                      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'It cannot be read' }],
                    },
                  ),
                  'It cannot be read': {
                    Type: 'Pass',
                    Comment: 'It proves nothing.',
                    Output: '{% false %}',
                    End: true,
                  },
                },
              },
              Next: 'Is it among them?',
            },
            'Is it among them?': {
              Type: 'Choice',
              Comment: 'The event of this run has started an execution, or may still do so.',
              Choices: [
                { Condition: '{% true in $states.input %}', Next: 'It was answered' },
                { Condition: `{% $looks >= ${LOOKS} %}`, Next: 'It was not answered' },
              ],
              Default: 'Wait for the execution',
            },
            'It was answered': answered(true, 'The rule, its target and the first steps work.'),
            'It was not answered': answered(false, 'The event could not be made, or nothing answered it.'),
          },
        },
        Next: 'Were all answered?',
      },
      'Were all answered?': {
        Type: 'Choice',
        Comment: 'Each response has answered its event.',
        Choices: [{ Condition: '{% $not(false in $states.input.Answered) %}', Next: 'All were answered' }],
        Default: 'Not answered',
      },
      'All were answered': { Type: 'Succeed', Comment: 'The alarm waits for this.' },
      'Not answered': {
        Type: 'Fail',
        Comment: 'The execution fails, and people hear of it.',
        Error: 'NotAnswered',
        Cause: "{% 'No execution for a real event: ' & $join($states.input[Answered = false].Name, ', ') %}",
      },
    },
  };
}
