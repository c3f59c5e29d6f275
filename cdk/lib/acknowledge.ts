/** Acknowledgements of cdk-nag's findings: each by its exact id, each with a reason that is true of that resource. */
import { Stack, Validations } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Acknowledges a finding of cdk-nag on a construct, with the reason. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${id}`, reason });
}

/** Intended wildcards, and their reason. */
export interface Wildcards {
  readonly reason: string;
  /** The intended findings, such as `Resource::*` [default: those of the present statements]. */
  readonly only?: readonly string[];
}

/**
 * Acknowledges the wildcards of a role's own statements, one by one. A wildcard that another construct adds to the role
 * later is not among them and fails the synthesis.
 */
export function acknowledgeWildcards(role: IConstruct, wildcards: Wildcards): void {
  const found = wildcards.only ?? wildcardsOf(role);
  for (const finding of found) {
    acknowledge(role, `IAM5[${finding}]`, wildcards.reason);
  }
}

/** The wildcards in the inline policies of a role and in its policies, in cdk-nag's notation. */
function wildcardsOf(construct: IConstruct): string[] {
  const findings = new Set<string>();
  for (const child of construct.node.findAll()) {
    if (child instanceof CfnRole) {
      for (const inline of list(Stack.of(child).resolve(child.policies))) {
        collect(inline.policyDocument, findings);
      }
    } else if (child instanceof CfnPolicy || child instanceof CfnManagedPolicy) {
      collect(Stack.of(child).resolve(child.policyDocument), findings);
    }
  }
  return [...findings];
}

function collect(document: { Statement?: unknown }, findings: Set<string>): void {
  for (const statement of list(document.Statement) as Record<string, unknown>[]) {
    if (statement.Effect !== 'Allow') {
      continue;
    }
    for (const action of list(statement.Action) as string[]) {
      if (action.includes('*')) {
        findings.add(`Action::${action}`);
      }
    }
    for (const resource of list(statement.Resource)) {
      const text = flat(resource);
      if (text.includes('*')) {
        findings.add(`Resource::${text}`);
      }
    }
  }
}

/** An intrinsic function as cdk-nag flattens it: `<Name.Arn>` for a reference, joined to the text around it. */
function flat(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const [name, argument] = Object.entries(value as Record<string, unknown>)[0] ?? ['', ''];
  switch (name) {
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(flat).join(separator);
    }
    case 'Ref':
      return `<${argument as string}>`;
    case 'Fn::GetAtt':
      return `<${(argument as string[]).join('.')}>`;
    default:
      return JSON.stringify(value);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the metadata of CDK has no types.
function list(value: unknown): any[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
