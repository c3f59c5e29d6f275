/** Helpers of the tests: apps with the flags of `cdk.json`, synthesised once for each configuration. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks, type Options, type Stacks } from '../lib/app.ts';
import type { Config } from '../lib/config/types.ts';
import type { ResponseStack } from '../lib/stacks/response.ts';

const { context } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};
const made = new Map<Config, Stacks>();
const templates = new Map<Stack, Template>();

/** A resource of a template. */
export type Resource = { readonly Properties: any };

/** An app as `cdk synth` makes it. */
export function newApp(): App {
  return new App({ context });
}

/** The stacks of a configuration. */
export function stacksOf(config: Config, options: Options = {}): Stacks {
  let stacks = made.get(config);
  if (!stacks) {
    stacks = addStacks(newApp(), config, { isOnlyChecked: true, ...options });
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

/** Every stack of a configuration. */
export function all(stacks: Stacks): Stack[] {
  const { observability, detection, members, pipeline } = stacks;
  return [...home(stacks), observability, detection, ...members, pipeline].filter((stack) => stack !== undefined);
}

/** The base stack and those of the responses. */
export function home({ base, responses }: Stacks): Stack[] {
  return [base, ...responses];
}

/** The stack of the response that the canary uses. */
export function withCanary({ responses }: Stacks): ResponseStack {
  const stack = responses.find(({ canary }) => canary !== undefined);
  assert.ok(stack, 'no stack has the canary');
  return stack;
}

/** The resources of a type in a stack, or in several. */
export function resources(stacks: Stack | readonly Stack[], type: string): Record<string, Resource> {
  const found = [stacks]
    .flat()
    .flatMap((stack) =>
      Object.entries(templateOf(stack as Stack).findResources(type)).map(([name, resource]) => [
        Array.isArray(stacks) ? `${(stack as Stack).stackName}/${name}` : name,
        resource,
      ]),
    );
  return Object.fromEntries(found) as Record<string, Resource>;
}

/** The properties of the only resource of a type whose property has a value. */
export function named(stacks: Stack | readonly Stack[], type: string, property: string, value: string): any {
  const found = Object.values(resources(stacks, type)).filter(({ Properties }) => Properties[property] === value);
  assert.equal(found.length, 1, `${type} with ${property} ${value}`);
  return found[0]!.Properties;
}

/** The statements of an inline policy of a role. */
export function statements(stacks: Stack | readonly Stack[], role: string, policy: string): any[] {
  const { Policies } = named(stacks, 'AWS::IAM::Role', 'RoleName', role);
  return Policies.find(({ PolicyName }: any) => PolicyName === policy)?.PolicyDocument?.Statement ?? [];
}

/** A value or a list of values as a list. */
export function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
