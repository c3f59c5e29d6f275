import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Config } from './config/types.ts';

/** Options of a topic. */
export interface TopicOptions {
  readonly name: string;
  readonly displayName: string;
  readonly key?: kms.IKey;
}

/** A topic that accepts messages over TLS only. */
export function messageTopic(scope: Construct, id: string, { name, displayName, key }: TopicOptions): sns.Topic {
  return new sns.Topic(scope, id, { topicName: name, displayName, enforceSSL: true, ...(key && { masterKey: key }) });
}

/** Subscribes the receivers of ordinary messages to a topic. */
export function subscribe(topic: sns.Topic, { emails, urls }: Config['subscriptions']): void {
  for (const email of emails) {
    topic.addSubscription(new subscriptions.EmailSubscription(email));
  }
  for (const url of urls) {
    topic.addSubscription(new subscriptions.UrlSubscription(url));
  }
}

/** Lets the alarms of the account publish: a topic with a policy of its own loses the default policy, which allows it. */
export function letAlarmsPublish(topic: sns.Topic): void {
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(topic).account } },
    }),
  );
}
