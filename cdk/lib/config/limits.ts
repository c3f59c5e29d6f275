/** The limits of single accounts, of which those of their organisational units are the defaults. */
import type { AccountLimits, Config } from './types.ts';

/** The accounts that have limits of their own for a response, and the limits, sorted by account. */
export function limitsOf({ responses, members }: Config, response: string): [string, AccountLimits][] {
  const { units = {}, accounts = {} } = responses[response]!;
  const ofUnits = (members?.accounts ?? []).flatMap(({ account, unit }) =>
    unit !== undefined && unit in units ? [[account, units[unit]!] as const] : [],
  );
  const limits = new Map<string, AccountLimits>(ofUnits);
  for (const [account, own] of Object.entries(accounts)) {
    limits.set(account, { ...limits.get(account), ...own });
  }
  return [...limits].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The limit of an account that has none of its own: half of that of all accounts together, rounded up. */
export function shareOfOne(changesPerHour: number): number {
  return Math.ceil(changesPerHour / 2);
}
