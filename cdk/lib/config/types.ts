/** What an installation decides. `config.ts` has the values, `validate.ts` says what is wrong with them. */
import type { Values } from '../folder.ts';

/** A place in AWS. */
export interface Place {
  /** Twelve digits. Where it is left out, the account of the credentials that deploy. */
  readonly account?: string;
  readonly region: string;
}

/** How far a workflow may go on its own: look and tell, say what would change, ask first, or act and offer the undo. */
export type Mode = 'enrich' | 'plan' | 'approve' | 'auto';

/** What is set for a workflow. */
export interface WorkflowConfig {
  readonly mode: Mode;
  /** Other parameters of its rules: `ApprovalSeconds`, `SettleSeconds`, `UndoSeconds`. Unset ones have their default. */
  readonly parameters?: Values;
}

/** Who answers questions on a page. Without it there is no HTTP API, and `redress approve` is the way. */
export interface PageConfig {
  /** The OIDC issuer, `https://…`; API Gateway checks every token against its keys. */
  readonly issuer: string;
  /** The audiences of which a token must have one. */
  readonly audience: readonly string[];
  /** The claim that names a person [default: `sub`]. */
  readonly identityClaim?: string;
  /** Where people reach the page, if a sign-in proxy stands in front of the API [default: the API itself]. */
  readonly publicUrl?: string;
}

/** The services that find things. Each is off unless it is named: most accounts have them on. */
export interface DetectionConfig {
  readonly guardDuty?: boolean;
  readonly securityHub?: boolean;
  /** AWS Config's recorder and the rules to which `iam-policy-remediation` answers. */
  readonly config?: boolean;
  readonly macie?: boolean;
  /** An external access analyzer. */
  readonly accessAnalyzer?: boolean;
  /** A trail, without which no API call becomes an event. */
  readonly trail?: boolean;
}

/** Another account, whose findings come to the central bus. */
export interface MemberConfig {
  readonly account: string;
  /** The regions whose findings are forwarded. IAM's own events come in `us-east-1` only. */
  readonly regions: readonly string[];
}

/** The other accounts. With a pipeline they are those of its production, and staging has none. */
export interface MembersConfig {
  readonly accounts: readonly MemberConfig[];
  /** What a central task must say to assume the response role: 16 to 128 characters, that nobody guesses. */
  readonly externalId: string;
  /** The other regions of the home account, with a pipeline of production's, whose findings are forwarded. */
  readonly homeRegions?: readonly string[];
}

/** The pipeline that builds, checks and deploys. */
export interface PipelineConfig {
  /** The ARN of the CodeConnections connection to the repository. */
  readonly connectionArn: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  /** Where it goes after somebody has approved it, in an account of its own; staging is the home of this configuration. */
  readonly production: Required<Place>;
}

/** What an installation decides. */
export interface Config {
  /** Where Redress lives. */
  readonly home: Place;
  /** By the name of the folder; a workflow that is not named is not deployed. */
  readonly workflows: Readonly<Record<string, WorkflowConfig>>;
  readonly tasks: {
    readonly architecture: 'arm64' | 'x86_64';
    /** How many invocations of a task that changes something may run at once; 0 reserves none. */
    readonly reservedConcurrency: number;
    /** What stands before the names of functions and state machines. `redress --aws` looks for names without. */
    readonly prefix?: string;
    /** The folder with a zip for each task [default: `target/package/<architecture>`, where `make package` puts them]. */
    readonly package?: string;
  };
  readonly guardrails: {
    /** Roles, users and policies about which people are asked first: names, or paths such as `/admin/*`. */
    readonly protectedRoles: readonly string[];
    /** After so many changes in an hour people are asked before the next. */
    readonly changesPerHour: number;
    /** Accounts and organizations (`o-…`) besides the home that trust policies may name. */
    readonly knownAccounts: readonly string[];
  };
  readonly approvals: {
    /** Who may answer: patterns of identities such as `*@example.com`; none is everybody who can prove an identity. */
    readonly approvers: readonly string[];
    /** How many must say yes. */
    readonly needed: 1 | 2;
    readonly page?: PageConfig;
  };
  /** Who gets the messages. */
  readonly subscriptions: {
    readonly emails: readonly string[];
    /** Who hears of decisions that nobody took in time [default: the same]. */
    readonly escalationEmails?: readonly string[];
    /** HTTPS endpoints, such as those of an incident tool. */
    readonly urls: readonly string[];
  };
  readonly retention: {
    /** Days that logs are kept; one of the values that CloudWatch Logs has. */
    readonly logDays: number;
    /** What becomes of the case table when the stack is deleted. */
    readonly cases: 'retain' | 'destroy';
  };
  /** One key of your own for the topic, the table, the queues and the logs. It would be most of the bill. */
  readonly customerManagedKey: boolean;
  readonly detection?: DetectionConfig;
  readonly members?: MembersConfig;
  readonly canary?: {
    /** How often a synthetic finding is sent, in minutes. */
    readonly everyMinutes: number;
    /** How long a verified plan may take, in minutes. */
    readonly withinMinutes: number;
  };
  /** The dashboard and the alarms. */
  readonly observability: boolean;
  readonly pipeline?: PipelineConfig;
}
