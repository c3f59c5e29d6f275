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

/** The name of the alias under which the function believes the API. */
export const PAGE_ALIAS = 'page';

/**
 * The page of a question: an HTTP API in front of `answer-approval`, whose authorizer checks who asks against an OIDC
 * issuer. There is no route without it.
 *
 * The function takes a request only under its alias `page`, and only this API may invoke the alias. People invoke the
 * function itself. Otherwise whoever may run `redress approve` could write a request by hand and be two people.
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
      description: 'What the HTTP API of the approval page invokes, and nobody else.',
    });
    const authorizer = new HttpJwtAuthorizer('Issuer', props.page.issuer, {
      authorizerName: 'redress-approvals',
      jwtAudience: [...props.page.audience],
    });
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: 'redress-approvals',
      description: 'Where the questions of Redress are looked at and answered.',
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
      // The path is left out: it is the id of a question, which works once.
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(this.accessLog),
        format: accessLogFormat(),
      },
    });
  }

  /** What messages say: where a question is answered, with `{id}` for the question's. */
  get urlTemplate(): string {
    return `${this.api.apiEndpoint}/approvals/{id}`;
  }
}

/** Who asked, when, how and with what end. */
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
