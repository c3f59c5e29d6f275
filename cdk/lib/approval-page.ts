import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PageConfig } from './config/types.ts';
import type { TaskFunction } from './task-function.ts';

/** Properties of an `ApprovalPage`. */
export interface ApprovalPageProps {
  readonly page: PageConfig;
  /** `answer-approval`. */
  readonly answers: TaskFunction;
  readonly logRetention?: logs.RetentionDays;
  readonly encryptionKey?: kms.IKey;
}

/** The name of the alias whose requests the function trusts to come from the API. */
export const PAGE_ALIAS = 'page';

/**
 * The page of a question: an HTTP API in front of `answer-approval`. Its authorizer checks the caller's token against an
 * OIDC issuer, on every route.
 *
 * The function accepts HTTP requests only through its alias `page`, and only this API may invoke the alias. People invoke
 * the function itself. Otherwise a person who may run `redress approve` could forge a request and answer as two people.
 */
export class ApprovalPage extends Construct {
  readonly api: apigateway.HttpApi;
  readonly alias: lambda.Alias;
  readonly accessLog: logs.LogGroup;

  constructor(scope: Construct, id: string, props: ApprovalPageProps) {
    super(scope, id);
    this.alias = new lambda.Alias(this, 'Alias', {
      aliasName: PAGE_ALIAS,
      version: props.answers.function.currentVersion,
      description: 'For the HTTP API of the approval page only.',
    });
    const authorizer = new HttpJwtAuthorizer('Issuer', props.page.issuer, {
      authorizerName: 'redress-approvals',
      jwtAudience: [...props.page.audience],
    });
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: 'redress-approvals',
      description: 'The page on which the questions of Redress are shown and answered.',
      defaultAuthorizer: authorizer,
      createDefaultStage: false,
    });
    this.api.addRoutes({
      path: '/approvals/{id}',
      methods: [apigateway.HttpMethod.GET, apigateway.HttpMethod.HEAD, apigateway.HttpMethod.POST],
      integration: new HttpLambdaIntegration('Answers', this.alias),
    });
    this.accessLog = new logs.LogGroup(this, 'AccessLog', {
      logGroupName: '/aws/vendedlogs/redress/approvals',
      retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.encryptionKey && { encryptionKey: props.encryptionKey }),
    });
    new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 10, burstLimit: 20 },
      // Without the path: it has the id of a question, which can be used once.
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(this.accessLog),
        format: accessLogFormat(),
      },
    });
  }

  /** The address of a question for messages, with `{id}` for the question's id. */
  get urlTemplate(): string {
    return `${this.api.apiEndpoint}/approvals/{id}`;
  }
}

/** The caller, the time, the request and its result. */
function accessLogFormat(): AccessLogFormat {
  const fields = {
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    route: '$context.routeKey',
    status: '$context.status',
    who: '$context.authorizer.claims.sub',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  };
  return AccessLogFormat.custom(JSON.stringify(fields));
}
