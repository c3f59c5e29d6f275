import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as accessanalyzer from 'aws-cdk-lib/aws-accessanalyzer';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as config from 'aws-cdk-lib/aws-config';
import * as guardduty from 'aws-cdk-lib/aws-guardduty';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as macie from 'aws-cdk-lib/aws-macie';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as securityhub from 'aws-cdk-lib/aws-securityhub';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { DetectionConfig } from '../config/types.ts';
import type { Response } from '../response/response.ts';

/** Properties of a `Detection`. */
export interface DetectionProps extends StackProps {
  readonly detection: DetectionConfig;
  /** The responses whose rules name rules of AWS Config. */
  readonly responses: readonly Response[];
  /** Whether this is the region in which CloudTrail delivers events of IAM, and Config records them. */
  readonly isIamRegion: boolean;
}

/** A managed rule that no response answers yet. Its findings are for people. */
const ENCRYPTION_AT_REST = 's3-bucket-server-side-encryption-enabled';

/** The managed rules of AWS Config that the responses' rules name (as names or prefixes), and the one above. */
export function configRules(responses: readonly Response[]): string[] {
  const patterns = responses.flatMap((response) => response.rules).map((rule) => rule.EventPattern);
  const named = patterns
    .filter((pattern) => pattern.source?.includes('aws.config'))
    .flatMap((pattern) => (pattern.detail?.configRuleName ?? []) as (string | { prefix?: string })[])
    .map((name) => (typeof name === 'string' ? name : name.prefix));
  return [...new Set([...named.filter((name) => name !== undefined), ENCRYPTION_AT_REST])].sort();
}

/**
 * The detection services. Each has a switch of its own, since an account has one of each and a second fails. Nothing here
 * can change a role, so it may be deployed by people who may not deploy a response.
 */
export class Detection extends Stack {
  constructor(scope: Construct, id: string, props: DetectionProps) {
    super(scope, id, props);
    const { detection } = props;
    if (detection.guardDuty) {
      new guardduty.CfnDetector(this, 'GuardDuty', {
        enable: true,
        // The time after which an ongoing finding is published again.
        findingPublishingFrequency: 'FIFTEEN_MINUTES',
        features: [{ name: 'S3_DATA_EVENTS', status: 'ENABLED' }],
      });
    }
    if (detection.securityHub) {
      new securityhub.CfnHub(this, 'SecurityHub', {
        // One finding for each control rather than for each standard: the responses' rules match the control's id.
        controlFindingGenerator: 'SECURITY_CONTROL',
        enableDefaultStandards: true,
      });
    }
    if (detection.macie) {
      new macie.CfnSession(this, 'Macie', { status: 'ENABLED', findingPublishingFrequency: 'FIFTEEN_MINUTES' });
    }
    if (detection.accessAnalyzer) {
      new accessanalyzer.CfnAnalyzer(this, 'AccessAnalyzer', { analyzerName: 'redress', type: 'ACCOUNT' });
    }
    if (detection.config || detection.trail) {
      const evidence = this.evidence();
      if (detection.config) {
        this.recorder(evidence, props);
      }
      if (detection.trail) {
        this.trail(evidence);
      }
    }
  }

  /** The bucket of the trail and of Config. It is kept when the stack is deleted. */
  private evidence(): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Evidence', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(
      bucket,
      'S1',
      'It holds the trail, which logs access already; access logs of this bucket would log themselves.',
    );
    return bucket;
  }

  private trail(bucket: s3.Bucket): void {
    new cloudtrail.Trail(this, 'Trail', {
      bucket,
      trailName: 'redress',
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableFileValidation: true,
      managementEvents: cloudtrail.ReadWriteType.ALL,
    });
  }

  private recorder(bucket: s3.Bucket, { isIamRegion, responses }: DetectionProps): void {
    const role = new iam.CfnServiceLinkedRole(this, 'ConfigRole', { awsServiceName: 'config.amazonaws.com' });
    const { account, partition } = this;
    const folder = `AWSLogs/${account}/Config/*`;
    for (const [sid, actions, resource] of [
      ['ConfigLooks', ['s3:GetBucketAcl', 's3:ListBucket'], bucket.bucketArn],
      ['ConfigWrites', ['s3:PutObject'], bucket.arnForObjects(folder)],
    ] as const) {
      bucket.addToResourcePolicy(
        new iam.PolicyStatement({
          sid,
          principals: [new iam.ServicePrincipal('config.amazonaws.com')],
          actions: [...actions],
          resources: [resource],
          conditions: { StringEquals: { 'aws:SourceAccount': account } },
        }),
      );
    }
    const recorder = new config.CfnConfigurationRecorder(this, 'Recorder', {
      name: 'default',
      roleArn: `arn:${partition}:iam::${account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig`,
      recordingGroup: {
        // IAM is recorded in one region only. Any other region would record it, and bill it, again.
        resourceTypes: [
          ...(isIamRegion ? ['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'] : []),
          'AWS::S3::Bucket',
        ],
      },
    });
    recorder.node.addDependency(role);
    const channel = new config.CfnDeliveryChannel(this, 'Delivery', {
      name: 'default',
      s3BucketName: bucket.bucketName,
    });
    channel.node.addDependency(bucket);
    for (const name of configRules(responses)) {
      if (isIamRegion || !name.startsWith('iam-')) {
        // The identifier of a managed rule is its name in upper case. Source: AWS Config, "List of AWS Config Managed Rules".
        const identifier = name.toUpperCase().replaceAll('-', '_');
        const rule = new config.ManagedRule(this, `Rule-${name}`, { configRuleName: name, identifier });
        rule.node.addDependency(recorder, channel);
      }
    }
  }
}
