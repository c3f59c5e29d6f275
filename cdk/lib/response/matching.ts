/**
 * Whether an event matches a pattern, as far as it takes to choose an example of a rule among recorded events. EventBridge
 * itself judges the example when it is used, and so does the engine of this repository in its tests.
 */
import type { EventPattern } from './rules.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether an event matches a pattern. A form of matcher that is not known here matches nothing. */
export function matches(pattern: EventPattern, event: unknown): boolean {
  return matchesFields(pattern, event);
}

function matchesFields(pattern: Fields, value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.some((one) => matchesFields(pattern, one));
  }
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') {
      return (wanted as Fields[]).some((branch) => matchesFields(branch, value));
    }
    const found = isFields(value) ? value[field] : undefined;
    return isFields(wanted) ? matchesFields(wanted, found) : matchesField(wanted as unknown[], found);
  });
}

function matchesField(matchers: readonly unknown[], found: unknown): boolean {
  const values = found === undefined ? [] : [found].flat();
  return matchers.some((matcher) =>
    isFields(matcher) && typeof matcher.exists === 'boolean'
      ? matcher.exists === values.length > 0
      : values.some((value) => fits(matcher, value)),
  );
}

function fits(matcher: unknown, value: unknown): boolean {
  if (!isFields(matcher)) {
    return matcher === value;
  }
  const [[form, wanted] = []] = Object.entries(matcher);
  const texts = [wanted].flat().filter((text) => typeof text === 'string');
  const some = (fitting: (text: string) => boolean) => texts.some(fitting);
  switch (form) {
    case 'prefix':
      return typeof value === 'string' && some((text) => value.startsWith(text));
    case 'suffix':
      return typeof value === 'string' && some((text) => value.endsWith(text));
    case 'wildcard':
      return typeof value === 'string' && some((text) => wildcard(text).test(value));
    case 'numeric':
      return typeof value === 'number' && inRange(wanted as (string | number)[], value);
    case 'anything-but':
      return isFields(wanted) ? isOfText(wanted) && !fits(wanted, value) : ![wanted].flat().includes(value);
    default:
      return false;
  }
}

function isOfText(matcher: Fields): boolean {
  return Object.keys(matcher).every((form) => ['prefix', 'suffix', 'wildcard'].includes(form));
}

function wildcard(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function inRange([operator, bound, ...rest]: readonly (string | number)[], value: number): boolean {
  const limit = Number(bound);
  const holds =
    operator === '='
      ? value === limit
      : operator === '<'
        ? value < limit
        : operator === '<='
          ? value <= limit
          : operator === '>'
            ? value > limit
            : operator === '>=' && value >= limit;
  return holds && (rest.length === 0 || inRange(rest, value));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
