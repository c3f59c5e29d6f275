import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** The alias of the key. */
export const KEY_ALIAS = 'alias/redress';

/**
 * A customer managed key for all data of Redress. EventBridge must be able to use it for the dead-letter queues, CloudWatch's
 * alarms for the topic, and CloudWatch Logs for the log groups: without these statements messages would be lost silently.
 */
export function customerManagedKey(scope: Construct): kms.Key {
  const { account, region, partition, urlSuffix } = Stack.of(scope);
  const key = new kms.Key(scope, 'Key', {
    alias: KEY_ALIAS,
    description: 'Encrypts the case table, topics, queues, executions and logs of Redress.',
    enableKeyRotation: true,
  });
  const services = ['events', 'cloudwatch', 'sns'].map((name) => new iam.ServicePrincipal(`${name}.amazonaws.com`));
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'ServicesThatSendForThisAccount',
      principals: services,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  // Step Functions delivers the logs of a state machine that the key encrypts.
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'LogDeliveryOfThisAccount',
      principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')],
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'LogsOfThisAccount',
      principals: [new iam.ServicePrincipal(`logs.${region}.${urlSuffix}`)],
      actions: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        'kms:GenerateDataKey',
        'kms:DescribeKey',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    }),
  );
  return key;
}
