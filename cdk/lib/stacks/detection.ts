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

/** Properties of a `Detection`. */
export interface DetectionProps extends StackProps {
  readonly detection: DetectionConfig;
  /** Whether this is the region in which CloudTrail delivers what happens in IAM, and Config records it. */
  readonly isIamRegion: boolean;
}

/**
 * The rules of AWS Config to which `iam-policy-remediation` answers, by the names that its rule looks for, and one on
 * encryption at rest, with which the articles begin.
 */
export const CONFIG_RULES: Readonly<Record<string, string>> = {
  'iam-policy-no-statements-with-admin-access': config.ManagedRuleIdentifiers.IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS,
  'iam-policy-no-statements-with-full-access': 'IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS',
  's3-bucket-server-side-encryption-enabled': config.ManagedRuleIdentifiers.S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED,
};

/**
 * The services that find things. Each is switched on by itself, since an account has one of each and a second would fail.
 * Nothing in it can change a role, so it may be deployed by people who may not deploy the response.
 */
export class Detection extends Stack {
  constructor(scope: Construct, id: string, props: DetectionProps) {
    super(scope, id, props);
    const { detection } = props;
    if (detection.guardDuty) {
      new guardduty.CfnDetector(this, 'GuardDuty', {
        enable: true,
        // A finding that goes on is published again this soon.
        findingPublishingFrequency: 'FIFTEEN_MINUTES',
        features: [{ name: 'S3_DATA_EVENTS', status: 'ENABLED' }],
      });
    }
    if (detection.securityHub) {
      new securityhub.CfnHub(this, 'SecurityHub', {
        // One finding for each control rather than for each standard: `rules/security-hub.json` reads the control's id.
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
        this.recorder(evidence, props.isIamRegion);
      }
      if (detection.trail) {
        this.trail(evidence);
      }
    }
  }

  /** Where the trail and Config write, and nobody deletes. */
  private evidence(): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Evidence', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(bucket, 'S1', 'It holds the trail, which is the log of who read what; access logs of it would grow by being written.');
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

  private recorder(bucket: s3.Bucket, isIamRegion: boolean): void {
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
        // IAM is recorded in one region only: everywhere else it would be recorded, and billed, once more.
        resourceTypes: [
          ...(isIamRegion ? ['AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::User', 'AWS::IAM::Group'] : []),
          'AWS::S3::Bucket',
        ],
      },
    });
    recorder.node.addDependency(role);
    const channel = new config.CfnDeliveryChannel(this, 'Delivery', { name: 'default', s3BucketName: bucket.bucketName });
    channel.node.addDependency(bucket);
    for (const [name, identifier] of Object.entries(CONFIG_RULES)) {
      if (isIamRegion || !name.startsWith('iam-')) {
        const rule = new config.ManagedRule(this, `Rule-${name}`, { configRuleName: name, identifier });
        rule.node.addDependency(recorder, channel);
      }
    }
  }
}
