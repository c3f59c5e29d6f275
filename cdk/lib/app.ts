/** The stacks of an installation, from its configuration. */
import { join } from 'node:path';
import { type App, type Environment, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { configAt } from './config/place.ts';
import type { Config, Place } from './config/types.ts';
import { iamRegionOf, partitionOf, validate } from './config/validate.ts';
import { type Installation, requiredBoundaries } from './functions.ts';
import { type Response, readResponses } from './response/response.ts';
import { watchedEverywhere } from './self-watch.ts';
import { Base, CENTRAL_BUS } from './stacks/base.ts';
import { Detection } from './stacks/detection.ts';
import { Member, type ResponseRoleProps } from './stacks/member.ts';
import { Observability } from './stacks/observability.ts';
import { Pipeline } from './stacks/pipeline.ts';
import { ResponseStack, stackId } from './stacks/response.ts';
import { REPOSITORY, readTasks } from './task.ts';

/** The stacks that were added. */
export interface Stacks {
  readonly base: Base;
  /** One for each response that the configuration names. */
  readonly responses: readonly ResponseStack[];
  readonly observability: Observability | undefined;
  readonly detection: Detection | undefined;
  readonly members: readonly Member[];
  readonly pipeline: Pipeline | undefined;
}

/** Options for the stacks. */
export interface Options {
  /** Whether the templates are only checked, so that the package may be missing. */
  readonly isOnlyChecked?: boolean;
  /** The place to deploy to [default: the home of the configuration]. A pipeline deploys to production too. */
  readonly place?: Place;
  /** The responses that exist [default: those of `statemachines/`]. */
  readonly responses?: readonly Response[];
}

/** Adds the stacks of a configuration to an app. cdk-nag checks each of them. */
export function addStacks(app: App, written: Config, options: Options = {}): Stacks {
  const known = { responses: options.responses ?? readResponses(), tasks: readTasks() };
  validate(written, known, options.place);
  const { isOnlyChecked = false, place = written.home } = options;
  const config = configAt(written, place, isOnlyChecked);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  Tags.of(app).add('redress', 'true');
  const env = environment(config.home);
  const pipelineAccount = written.home.account ?? place.account;
  const wanted = known.responses.filter((response) => response.name in config.responses);
  const installation: Installation = {
    config,
    tasks: known.tasks,
    responses: wanted.map((response) =>
      response.beside(wanted, known.responses).from(config.responses[response.name] ?? {}),
    ),
    package: config.tasks.package ?? join(REPOSITORY, 'target', 'package', config.tasks.architecture),
    isOnlyChecked,
    ...(pipelineAccount !== undefined && { pipelineAccount }),
  };
  const terminationProtection = config.retention.cases === 'retain';
  const base = new Base(app, 'Redress', {
    env,
    description: 'Redress: the case table, the topics and the tasks that all responses share.',
    terminationProtection,
    installation,
  });
  const responses = installation.responses.map(
    (response) =>
      new ResponseStack(app, stackId(response), {
        env,
        description: `Redress: the response ${response.name}.`,
        terminationProtection,
        installation,
        response,
        base,
      }),
  );
  const observability = config.observability
    ? new Observability(app, 'RedressObservability', {
        env,
        description: 'Redress: the dashboard and the alarms.',
        base,
        responses,
        subscriptions: config.subscriptions,
        logRetention: config.retention.logDays,
        ...(config.tasks.prefix !== undefined && { prefix: config.tasks.prefix }),
        realEvents: config.canary !== undefined && config.canary.realEvents !== false,
      })
    : undefined;
  const switches = Object.values(config.detection ?? {});
  const detection =
    config.detection && switches.some(Boolean)
      ? new Detection(app, 'RedressDetection', {
          env,
          description: 'Redress: the detection services.',
          detection: config.detection,
          responses: installation.responses,
          isIamRegion: config.home.region === iamRegionOf(config.home.region),
        })
      : undefined;
  const pipeline = config.pipeline
    ? new Pipeline(app, 'RedressPipeline', {
        env,
        description: 'Redress: builds, checks and deploys.',
        pipeline: config.pipeline,
        staging: config.home,
        architecture: config.tasks.architecture,
        ...(config.tasks.prefix !== undefined && { prefix: config.tasks.prefix }),
        logRetention: config.retention.logDays,
      })
    : undefined;
  return { base, responses, observability, detection, members: members(app, installation, base, responses), pipeline };
}

function members(
  app: App,
  { config, responses }: Installation,
  base: Base,
  stacks: readonly ResponseStack[],
): Member[] {
  const { members, home } = config;
  if (!members || home.account === undefined) {
    return [];
  }
  const bus = `arn:${partitionOf(home.region)}:events:${home.region}:${home.account}:event-bus/${CENTRAL_BUS}`;
  const role: ResponseRoleProps = {
    homeAccount: home.account,
    externalId: members.externalId,
    common: base.functions,
    responses: stacks.map(({ functions }) => ({ functions })),
    requiredBoundaries: (account) => requiredBoundaries(config, account),
  };
  const functions = [...base.functions, ...stacks.flatMap((stack) => stack.functions)];
  const watched = watchedEverywhere(
    functions,
    ['RedressMember-'],
    { account: home.account, region: home.region },
    config.tasks.prefix,
  );
  const add = (place: Required<Place>, withRole: boolean) =>
    new Member(app, `RedressMember-${place.account}-${place.region}`, {
      env: environment(place),
      description: 'Redress: the forwarding rules and the response roles of a member.',
      centralBusArn: bus,
      responses,
      watched,
      subscriptions: config.subscriptions,
      ...(withRole && { response: role }),
    });
  return [
    ...members.accounts.flatMap(({ account, regions }) =>
      regions.map((region, n) => add({ account, region }, n === 0)),
    ),
    ...(members.homeRegions ?? []).map((region) => add({ account: home.account!, region }, false)),
  ];
}

function environment(place: Place): Environment {
  const account = place.account ?? process.env.CDK_DEFAULT_ACCOUNT;
  return { region: place.region, ...(account !== undefined && { account }) };
}
