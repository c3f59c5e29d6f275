import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

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
