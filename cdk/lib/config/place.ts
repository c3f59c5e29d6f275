/** Where an installation is put, and what of its configuration belongs there. */
import type { Config, Place } from './types.ts';

/** The variables that put an installation in another place than its home. */
export interface Elsewhere {
  readonly REDRESS_ACCOUNT?: string | undefined;
  readonly REDRESS_REGION?: string | undefined;
}

/** Where it is put: at home, if nothing else is said. Whoever names the account of production means its region too. */
export function placeOf({ home, pipeline }: Config, { REDRESS_ACCOUNT, REDRESS_REGION }: Elsewhere): Place {
  const account = REDRESS_ACCOUNT ?? home.account;
  const usual = pipeline && account === pipeline.production.account ? pipeline.production : home;
  return { region: REDRESS_REGION ?? usual.region, ...(account !== undefined && { account }) };
}

/**
 * What a place has of a configuration. With a pipeline the members are those of production: staging would otherwise act
 * in them before anybody approved what it runs. Templates that are only looked at have everything.
 */
export function configAt(config: Config, place: Place, isOnlyChecked: boolean): Config {
  const { members, ...alone } = config;
  const { production } = config.pipeline ?? {};
  const isProduction = production && place.account === production.account && place.region === production.region;
  const hasMembers = members && (isOnlyChecked || !production || isProduction);
  return { ...alone, home: place, ...(hasMembers && { members }) };
}
