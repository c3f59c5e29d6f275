/** The configuration with everything, for those who look at all templates: `REDRESS_CONFIG=test/whole.config.ts`. */
import { whole } from './configs.ts';

export const config = { ...whole };
