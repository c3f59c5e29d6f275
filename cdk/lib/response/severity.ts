/** The lowest severity of findings that start a response, as a setting of the deployment. */
import { isDeepStrictEqual } from 'node:util';
import { SEVERITIES, type Severity } from '../config/types.ts';
import type { RuleFile } from './rules.ts';

/** The lowest severities; what is not given stays as the rule has it. */
export interface Lowest {
  readonly severity?: Severity;
  readonly controlSeverity?: Severity;
}

type Fields = Readonly<Record<string, unknown>>;

/** The lowest value of each severity in a finding of GuardDuty, and its id in OCSF. Sources: GuardDuty, "Severity levels"; OCSF 1.6, `severity_id`. */
const VALUES: Readonly<Record<Severity, { readonly value: number; readonly id: number }>> = {
  INFORMATIONAL: { value: 0, id: 1 },
  LOW: { value: 1, id: 2 },
  MEDIUM: { value: 4, id: 3 },
  HIGH: { value: 7, id: 4 },
  CRITICAL: { value: 9, id: 5 },
};

/** A rule for findings from these severities on. */
export function withSeverity(rule: RuleFile, lowest: Lowest): RuleFile {
  const { detail, ...rest } = rule.EventPattern;
  return detail === undefined ? rule : { ...rule, EventPattern: { ...rest, detail: graded(detail, lowest) } };
}

/** Whether a rule tells findings, or failed controls, apart by their severity. */
export function hasSeverity(rule: RuleFile, field: keyof Lowest): boolean {
  const at = (severity: Severity) => withSeverity(rule, { [field]: severity });
  return !isDeepStrictEqual(at('LOW'), at('CRITICAL'));
}

function graded(pattern: Fields, lowest: Lowest): Fields {
  const from = isAboutControls(pattern) ? lowest.controlSeverity : lowest.severity;
  const fields = Object.entries(pattern).map(([field, value]): [string, unknown] => {
    if (field === '$or') {
      return [field, (value as Fields[]).map((branch) => graded(branch, lowest))];
    }
    if (from !== undefined && isNumeric(value) && (field === 'severity' || field === 'severity_id')) {
      const { value: number, id } = VALUES[from];
      return [field, [{ numeric: ['>=', field === 'severity' ? number : id] }]];
    }
    if (from !== undefined && field === 'Severity' && isFields(value) && Array.isArray(value.Label)) {
      return [field, { ...value, Label: SEVERITIES.slice(SEVERITIES.indexOf(from)) }];
    }
    return [field, isFields(value) ? graded(value, lowest) : value];
  });
  return Object.fromEntries(fields);
}

/** Whether a part of a pattern matches failed controls alone. */
function isAboutControls({ Compliance, compliance }: Fields): boolean {
  const status = [isFields(Compliance) && Compliance.Status, isFields(compliance) && compliance.status_id];
  return status.flat().some((matcher) => typeof matcher === 'string' || typeof matcher === 'number');
}

function isNumeric(field: unknown): boolean {
  return Array.isArray(field) && field.every((matcher) => isFields(matcher) && 'numeric' in matcher);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
