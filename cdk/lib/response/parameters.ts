/** The parameters of a response: values that an installation sets, such as `Mode`. */
import { list, nearest } from '../text.ts';

/** A parameter. The targets of rules refer to its value as `${Mode}`. */
export interface Parameter {
  readonly Description: string;
  readonly Default: string | number;
  readonly AllowedValues?: readonly (string | number)[];
  readonly MinValue?: number;
  readonly MaxValue?: number;
}

/** Parameters, by name. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Fields of parameters, by the parameter's name: complete ones, or those that replace fields of the shape's. */
export type ParameterFields = Readonly<Record<string, Partial<Parameter>>>;

/** Values of parameters, by name. */
export type Values = Readonly<Record<string, string | number>>;

const FIELDS = ['Description', 'Default', 'AllowedValues', 'MinValue', 'MaxValue'];

/** The parameters of the shape with the fields that the response replaces, and the response's own. */
export function merged(shape: ParameterFields, own: ParameterFields): Parameters {
  const names = [...new Set([...Object.keys(shape), ...Object.keys(own)])];
  const parameters = names.map(
    (name) => [name, complete(name, { ...shape[name], ...own[name] }, Object.keys(shape))] as const,
  );
  return Object.fromEntries(parameters);
}

/** The value of each parameter: the one that is set, or the default. */
export function settle(parameters: Parameters, set: Values): Record<string, string> {
  const unknown = Object.keys(set).find((name) => !(name in parameters));
  if (unknown !== undefined) {
    throw new Error(`there is no parameter \`${unknown}\`; ${nearest(unknown, Object.keys(parameters))}`);
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      value(name, parameter, set[name] ?? parameter.Default),
    ]),
  );
}

function complete(name: string, fields: Partial<Parameter>, ofShape: readonly string[]): Parameter {
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    throw new Error(`the parameter \`${name}\` has the field \`${unknown}\`; a parameter can have ${list(FIELDS)}`);
  }
  for (const field of ['Description', 'Default'] as const) {
    if (fields[field] === undefined) {
      throw new Error(
        `the parameter \`${name}\` has no \`${field}\`. The shape has ${list(ofShape)}; any other parameter must have \`Description\` and \`Default\``,
      );
    }
  }
  const parameter = fields as Parameter;
  value(name, parameter, parameter.Default);
  return parameter;
}

function value(
  name: string,
  { AllowedValues, Default, MinValue, MaxValue }: Parameter,
  value: string | number,
): string {
  if (AllowedValues) {
    if (!AllowedValues.includes(value)) {
      throw new Error(`\`${name}\` cannot be \`${value}\`; it can be ${list(AllowedValues)}`);
    }
  } else if (typeof Default === 'number') {
    const [least, most] = [MinValue ?? 0, MaxValue ?? Number.MAX_SAFE_INTEGER];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw new Error(`\`${name}\` cannot be \`${value}\`; it is a whole number from ${least} to ${most}`);
    }
  }
  return String(value);
}
