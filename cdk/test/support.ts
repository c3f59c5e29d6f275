/** What tests share: apps with the flags of `cdk.json`, synthesised once for each configuration. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Stacks, addStacks } from '../lib/app.ts';
import type { Config } from '../lib/config/types.ts';

const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const made = new Map<Config, Stacks>();
const templates = new Map<Stack, Template>();

/** An app as `cdk synth` would make it. */
export function newApp(): App {
  return new App({ context });
}

/** The stacks of a configuration. */
export function stacksOf(config: Config): Stacks {
  let stacks = made.get(config);
  if (!stacks) {
    stacks = addStacks(newApp(), config, { isOnlyChecked: true });
    made.set(config, stacks);
  }
  return stacks;
}

/** The template of a stack. */
export function templateOf(stack: Stack): Template {
  let template = templates.get(stack);
  if (!template) {
    template = Template.fromStack(stack);
    templates.set(stack, template);
  }
  return template;
}

/** All stacks of a configuration, by their names. */
export function all(config: Config): Stack[] {
  const { response, observability, detection, members, pipeline } = stacksOf(config);
  return [response, observability, detection, ...members, pipeline].filter((stack) => stack !== undefined);
}

/** The resources of a type, as the template has them. */
export function resources(stack: Stack, type: string): Record<string, { Properties: any }> {
  return templateOf(stack).findResources(type) as Record<string, { Properties: any }>;
}
