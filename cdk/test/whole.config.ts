/** The configuration with everything, for checks of all templates: `REDRESS_CONFIG=test/whole.config.ts`. */
import { whole } from './configs.ts';

export const config = { ...whole };
