/** The configuration of an installation. `config.ts` has the values; `validate.ts` checks them. */
import type { Values } from '../response/parameters.ts';

/** A place in AWS. */
export interface Place {
  /** Twelve digits [default: the account of the credentials that deploy]. */
  readonly account?: string;
  readonly region: string;
}

/** How far a response may go on its own: look and tell, tell what would change, ask first, or act and offer the undo. */
export type Mode = 'enrich' | 'plan' | 'approve' | 'auto';

/** The limits of one account, or of each account of an organisational unit. */
export interface AccountLimits {
  /** How far the response may go there [default: the mode of the unit, and else of the response]. */
  readonly mode?: Mode;
  /** The number of changes in an hour, there alone, after which people are asked [default: no limit of its own]. */
  readonly changesPerHour?: number;
}

/** The severities of findings, from the lowest. */
export const SEVERITIES = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The settings of a response. */
export interface ResponseConfig {
  /** A response that only tells has none [default: the response's own]. */
  readonly mode?: Mode;
  /** Other parameters of the response, such as `ApprovalSeconds` and `UndoSeconds` [default: the response's own]. */
  readonly parameters?: Values;
  /** The number of its changes in an hour, in all accounts together [default: `guardrails.changesPerHour`]. */
  readonly changesPerHour?: number;
  /**
   * The lowest severity of findings of GuardDuty and other services that start it, for a response whose rules have one
   * [default: that of its rules].
   */
  readonly severity?: Severity;
  /** The same for failed controls of Security Hub [default: that of its rules]. */
  readonly controlSeverity?: Severity;
  /** The limits of organisational units, by the `unit` of their members. */
  readonly units?: Readonly<Record<string, AccountLimits>>;
  /** The limits of single accounts, which replace those of their unit. */
  readonly accounts?: Readonly<Record<string, AccountLimits>>;
}

/** The page on which browsers answer questions. Without it people answer with `redress approve --aws` alone. */
export interface PageConfig {
  /** The OIDC issuer, `https://…`. API Gateway checks every token against its keys. */
  readonly issuer: string;
  /** A token must have one of these audiences. */
  readonly audience: readonly string[];
  /** The claim that names a person [default: `sub`]. */
  readonly identityClaim?: string;
  /** The claim that is the person's user name in Identity Center [default: unknown, and answers of the page and of the command line count as one person's]. */
  readonly sessionClaim?: string;
  /** The address of the sign-in proxy in front of the API [default: the API itself]. */
  readonly publicUrl?: string;
}

/** The detection services. Each is off unless it is named: most accounts have them already. */
export interface DetectionConfig {
  readonly guardDuty?: boolean;
  readonly securityHub?: boolean;
  /** AWS Config's recorder, and the managed rules that the responses' rules name. */
  readonly config?: boolean;
  readonly macie?: boolean;
  /** An external access analyzer. */
  readonly accessAnalyzer?: boolean;
  /** A trail. API calls become events only if there is one. */
  readonly trail?: boolean;
}

/** Another account, whose findings are forwarded to the central bus. */
export interface MemberConfig {
  readonly account: string;
  /** The regions whose findings are forwarded. Events of IAM are in `us-east-1` only. */
  readonly regions: readonly string[];
  /** Its organisational unit, by which responses can set limits: an id `ou-…`, or a name of your own. */
  readonly unit?: string;
}

/** The other accounts. With a pipeline they are production's, and staging has none. */
export interface MembersConfig {
  readonly accounts: readonly MemberConfig[];
  /** The external id with which central tasks assume the response role: 16 to 128 random characters. */
  readonly externalId: string;
  /** The other regions of the home account (with a pipeline, of production) whose findings are forwarded. */
  readonly homeRegions?: readonly string[];
}

/** The pipeline that builds, checks and deploys. */
export interface PipelineConfig {
  /** The ARN of the CodeConnections connection to the repository. */
  readonly connectionArn: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  /** The place that is deployed to after an approval, in an account of its own. Staging is the home of this configuration. */
  readonly production: Required<Place>;
}

/** A required permissions boundary. */
export interface RequiredBoundary {
  /** The roles and users that must have it: a name, or a pattern such as `build-*`. */
  readonly pattern: string;
  /** The name of the policy that must be their boundary. */
  readonly policy: string;
}

/** The configuration of an installation. */
export interface Config {
  /** The account and region of the installation. */
  readonly home: Place;
  /** By the names of the folders in `statemachines/`. Each named response is deployed as a stack of its own. */
  readonly responses: Readonly<Record<string, ResponseConfig>>;
  readonly tasks: {
    readonly architecture: 'arm64' | 'x86_64';
    /** How many invocations of a task that changes something may run at once. 0 reserves none. */
    readonly reservedConcurrency: number;
    /** A prefix for the names of functions and state machines. `redress --aws` expects names without one. */
    readonly prefix?: string;
    /** The folder with `tasks.zip` [default: `target/package/<architecture>`, where `make package` writes it]. */
    readonly package?: string;
  };
  readonly guardrails: {
    /** People are asked before these roles, users and policies are changed: names, or paths such as `/admin/*`. */
    readonly protectedRoles: readonly string[];
    /** The number of changes in an hour after which people are asked before the next. */
    readonly changesPerHour: number;
    /** Accounts and organizations (`o-…`) besides the home that trust policies may name. */
    readonly knownAccounts: readonly string[];
    /**
     * Whose jobs may assume roles through an OIDC issuer that everybody can use: the issuer and the owner, such as
     * `token.actions.githubusercontent.com/octo-org` [default: of each issuer, any owner that a trust policy names].
     */
    readonly knownOidcOwners?: readonly string[];
    /**
     * The networks of the organization: in CIDR notation, or the ids of VPCs and VPC endpoints [default: none is known].
     * A condition of a policy on any other network narrows nothing.
     */
    readonly knownNetworks?: readonly string[];
    /** The boundaries that the kind `permissions-boundary` puts back [default: none is required]. */
    readonly requiredBoundaries?: readonly RequiredBoundary[];
  };
  readonly approvals: {
    /** The people who may answer: patterns such as `*@example.com`. `['*']` is everybody with a proven identity. */
    readonly approvers: readonly string[];
    /** The number of people who must approve. */
    readonly needed: 1 | 2;
    readonly page?: PageConfig;
  };
  /** The receivers of messages. */
  readonly subscriptions: {
    readonly emails: readonly string[];
    /** The receivers of questions that nobody answered in time [default: the same]. */
    readonly escalationEmails?: readonly string[];
    /** HTTPS endpoints, such as those of an incident tool. */
    readonly urls: readonly string[];
  };
  readonly retention: {
    /** How long logs are kept, in days: one of the values that CloudWatch Logs allows. */
    readonly logDays: number;
    /** Whether the case table is kept when the stack is deleted. */
    readonly cases: 'retain' | 'destroy';
  };
  /** A customer managed key for topics, table, queues, executions and logs. It would be most of the bill. */
  readonly customerManagedKey: boolean;
  readonly detection?: DetectionConfig;
  readonly members?: MembersConfig;
  readonly canary?: {
    /** The time between two synthetic findings, in minutes. */
    readonly everyMinutes: number;
    /** The longest time that a plan may take, in minutes. */
    readonly withinMinutes: number;
    /**
     * Whether a real event is made for the responses once a day, with `observability`: a sample finding of GuardDuty, which must
     * be on in the home, and a call of IAM [default: true].
     */
    readonly realEvents?: boolean;
  };
  /** The dashboard and the alarms. */
  readonly observability: boolean;
  readonly pipeline?: PipelineConfig;
}
