/** Runs a state machine of the app's own in a test: JSONata states, with the calls of AWS answered by the test. */
import jsonata from 'jsonata';

/** Answers a call such as `eventbridge:describeRule`. What it throws is an error of the call. */
export type Calls = (call: string, sent: any) => unknown;

/** How a run ended: the output, or the name of the error and its cause. */
export interface Ended {
  readonly output?: any;
  readonly error?: string;
  readonly cause?: string;
}

/** The clock of a run: only waits let time pass. */
export interface Clock {
  now: number;
}

interface Run {
  readonly calls: Calls;
  readonly clock: Clock;
}

class Failed extends Error {
  constructor(
    error: string,
    readonly why?: string,
  ) {
    super(error);
  }
}

/** Runs a definition. */
export async function run(definition: any, input: unknown, calls: Calls, clock: Clock = { now: 0 }): Promise<Ended> {
  const context: Run = { calls, clock };
  try {
    return { output: await states(definition, input, {}, context) };
  } catch (error) {
    if (error instanceof Failed) {
      return { error: error.message, ...(error.why !== undefined && { cause: error.why }) };
    }
    throw error;
  }
}

async function states({ StartAt, States }: any, input: unknown, outer: object, run: Run): Promise<any> {
  const variables: Record<string, unknown> = { ...outer };
  let [name, value]: [string, any] = [StartAt, input];
  for (;;) {
    const state = States[name];
    if (state === undefined) {
      throw new Error(`there is no state \`${name}\``);
    }
    const at = { input: value, context: { State: { EnteredTime: new Date(run.clock.now).toISOString() } } };
    const [next, output, bound] = await step(state, at, variables, run);
    if (state.Assign && bound) {
      Object.assign(variables, bound);
    }
    if (next === undefined) {
      return output;
    }
    [name, value] = [next, output];
  }
}

async function step(state: any, at: any, variables: object, run: Run): Promise<[string | undefined, any, any?]> {
  const value = (template: unknown, more: object = {}) => evaluated(template, { ...at, ...more }, variables, run);
  const done = async (result: unknown): Promise<[string | undefined, any, any]> => [
    state.End ? undefined : state.Next,
    state.Output === undefined ? result : await value(state.Output, { result }),
    state.Assign && (await value(state.Assign, { result })),
  ];
  switch (state.Type) {
    case 'Pass':
      return done(at.input);
    case 'Succeed':
      return [undefined, at.input];
    case 'Fail':
      throw new Failed(state.Error, String(await value(state.Cause)));
    case 'Wait':
      run.clock.now += 1000 * Number(await value(state.Seconds));
      return done(at.input);
    case 'Choice': {
      for (const choice of state.Choices) {
        if ((await value(choice.Condition)) === true) {
          return [choice.Next, at.input, choice.Assign && (await value(choice.Assign))];
        }
      }
      return [state.Default, at.input];
    }
    case 'Map': {
      const results = [];
      for (const item of (await value(state.Items)) as unknown[]) {
        results.push(await states(state.ItemProcessor, item, variables, run));
      }
      return done(results);
    }
    case 'Task': {
      const call = state.Resource.replace('arn:aws:states:::aws-sdk:', '');
      try {
        return await done(run.calls(call, await value(state.Arguments)));
      } catch (error) {
        if (state.Catch === undefined || !(error instanceof Error) || error.message.includes('jsonata')) {
          throw new Failed((error as Error).message);
        }
        return [state.Catch[0].Next, { Error: error.message }];
      }
    }
    default:
      throw new Error(`a state of the type \`${state.Type}\``);
  }
}

/** A template with its expressions evaluated. */
async function evaluated(template: any, at: object, variables: object, run: Run): Promise<any> {
  if (Array.isArray(template)) {
    return Promise.all(template.map((inner) => evaluated(inner, at, variables, run)));
  }
  if (typeof template === 'object' && template !== null) {
    const fields = Object.entries(template).map(async ([name, inner]) => [
      name,
      await evaluated(inner, at, variables, run),
    ]);
    return Object.fromEntries(await Promise.all(fields));
  }
  const [, text] = /^\{%(.*)%\}$/s.exec(template) ?? [];
  if (text === undefined) {
    return template;
  }
  const expression = jsonata(text);
  // Step Functions has these beside those of JSONata, or with another clock.
  expression.registerFunction('parse', (json: string) => JSON.parse(json));
  expression.registerFunction('millis', () => run.clock.now);
  const result = await expression.evaluate({}, { ...variables, states: JSON.parse(JSON.stringify(at)) });
  if (result === undefined) {
    throw new Error(`\`${text}\` has no result`);
  }
  return JSON.parse(JSON.stringify(result));
}
