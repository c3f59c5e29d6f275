/** Names, placeholders and lists in texts. */
import { closestMatch } from 'leven';

/** The names of the placeholders `${Name}` in a text, each once, in order. */
export function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!))];
}

/** The name if a text is exactly `${Name}`. */
export function onlyPlaceholder(text: string): string | undefined {
  return /^\$\{(\w+)\}$/.exec(text)?.[1];
}

/** Fills every `${Name}` in a text. A placeholder without a value is an error: the text would never apply. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new Error(
        `\`${placeholder}\` in \`${text}\` has no value; known are ${list(Object.keys(values).map((known) => `\${${known}}`))}`,
      );
    }
    return value;
  });
}

/** `security-hub` as `SecurityHub`. */
export function pascal(name: string): string {
  return name.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** Values for a message: `` `a`, `b` ``. */
export function list(values: readonly (string | number)[]): string {
  return values.length === 0 ? 'none' : values.map((value) => `\`${value}\``).join(', ');
}

/** A text for the inside of a JSON string. */
export function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The nearest of the names that exist, for a message. */
export function nearest(name: string, known: readonly string[]): string {
  const near = closestMatch(name, known, { maxDistance: Math.max(2, Math.ceil(name.length / 3)) });
  return near === undefined ? `there are ${list(known)}` : `did you mean \`${near}\`?`;
}
