/** The stacks of an installation, by its configuration. */
import { join } from 'node:path';
import { type App, type Environment, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { configAt } from './config/place.ts';
import type { Config, Place } from './config/types.ts';
import { iamRegionOf, partitionOf, validate } from './config/validate.ts';
import { type Folder, readFolders } from './folder.ts';
import { Detection } from './stacks/detection.ts';
import { Member, type ResponseRoleProps } from './stacks/member.ts';
import { Observability } from './stacks/observability.ts';
import { Pipeline } from './stacks/pipeline.ts';
import { CENTRAL_BUS, Response } from './stacks/response.ts';
import { REPOSITORY, reachesMembers, readTasks } from './task.ts';

/** The stacks that were added. */
export interface Stacks {
  readonly response: Response;
  readonly observability: Observability | undefined;
  readonly detection: Detection | undefined;
  readonly members: readonly Member[];
  readonly pipeline: Pipeline | undefined;
}

/** How the stacks are made. */
export interface Options {
  /** Whether the templates are only looked at, so that no task needs to be built. */
  readonly isOnlyChecked?: boolean;
  /** Where they are put instead of the home of the configuration; a pipeline does that with production. */
  readonly place?: Place;
}

/** Adds the stacks of a configuration to an app, and has every one of them checked by cdk-nag. */
export function addStacks(app: App, written: Config, options: Options = {}): Stacks {
  const folders = readFolders();
  const tasks = readTasks();
  const { isOnlyChecked = false, place = written.home } = options;
  validate(written, folders, place);
  const config = configAt(written, place, isOnlyChecked);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  Tags.of(app).add('redress', 'true');
  const env = environment(config.home);
  const pipelineAccount = written.home.account ?? place.account;
  const wanted = folders.filter((folder) => folder.name in config.workflows);
  const response = new Response(app, 'Redress', {
    env,
    description: 'Redress: workflows that put security findings right, and their tasks.',
    terminationProtection: config.retention.cases === 'retain',
    config,
    tasks,
    folders,
    package: config.tasks.package ?? join(REPOSITORY, 'target', 'package', config.tasks.architecture),
    isOnlyChecked,
    ...(pipelineAccount !== undefined && { pipelineAccount }),
  });
  const observability = config.observability
    ? new Observability(app, 'RedressObservability', {
        env,
        description: 'Redress: what people look at, and what wakes them.',
        response,
      })
    : undefined;
  const switches = Object.values(config.detection ?? {});
  const detection =
    config.detection && switches.some(Boolean)
      ? new Detection(app, 'RedressDetection', {
          env,
          description: 'Redress: the services that find things.',
          detection: config.detection,
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
  return { response, observability, detection, members: members(app, config, wanted, response), pipeline };
}

function members(app: App, config: Config, folders: readonly Folder[], response: Response): Member[] {
  const { members, home } = config;
  if (!members || home.account === undefined) {
    return [];
  }
  const bus = `arn:${partitionOf(home.region)}:events:${home.region}:${home.account}:event-bus/${CENTRAL_BUS}`;
  const role: ResponseRoleProps = {
    homeAccount: home.account,
    externalId: members.externalId,
    tasks: Object.values(response.functions)
      .filter(({ task }) => reachesMembers(task))
      .map(({ task }) => ({ task, functionName: `${config.tasks.prefix ?? ''}${task.name}` })),
  };
  const add = (place: Required<Place>, withRole: boolean) =>
    new Member(app, `RedressMember-${place.account}-${place.region}`, {
      env: environment(place),
      description: 'Redress: what another account or region has of it.',
      centralBusArn: bus,
      folders,
      ...(withRole && { response: role }),
    });
  return [
    ...members.accounts.flatMap(({ account, regions }) => regions.map((region, n) => add({ account, region }, n === 0))),
    ...(members.homeRegions ?? []).map((region) => add({ account: home.account!, region }, false)),
  ];
}

function environment(place: Place): Environment {
  const account = place.account ?? process.env.CDK_DEFAULT_ACCOUNT;
  return { region: place.region, ...(account !== undefined && { account }) };
}
