/** Definitions of workflows: which tasks their states call. */
import { onlyPlaceholder } from '../text.ts';

/** The fields of a state that are read here. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string };
  readonly Branches?: readonly { readonly States: States }[];
  readonly ItemProcessor?: { readonly States: States };
}

/** States, by name. */
export type States = Readonly<Record<string, State>>;

/** A Task state, and the placeholder of the function that it calls. */
export interface Call {
  readonly state: string;
  readonly placeholder: string;
  /** Whether it waits for a person. */
  readonly waits: boolean;
}

/** Every state that calls a function, in the order of the definition. States of branches and maps are included. */
export function callsOf(states: States): Call[] {
  return Object.entries(states).flatMap(([state, body]) => {
    const inner = [...(body.Branches ?? []), ...(body.ItemProcessor ? [body.ItemProcessor] : [])];
    const calls = inner.flatMap((branch) => callsOf(branch.States));
    const placeholder = onlyPlaceholder(body.Arguments?.FunctionName ?? '');
    if (placeholder !== undefined) {
      calls.unshift({ state, placeholder, waits: body.Resource?.endsWith('.waitForTaskToken') ?? false });
    }
    return calls;
  });
}
