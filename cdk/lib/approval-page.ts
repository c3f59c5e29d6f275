import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { PageConfig } from './config/types.ts';
import type { TaskFunction } from './task-function.ts';

/** Properties of an `ApprovalPage`. */
export interface ApprovalPageProps {
  /** The issuer of the tokens of browsers [default: there is no page for browsers]. */
  readonly page?: PageConfig;
  /** `answer-approval`. */
  readonly answers: TaskFunction;
  readonly logRetention?: logs.RetentionDays;
  readonly encryptionKey?: kms.IKey;
}

/** The name of the alias whose requests the function trusts to come from the API. */
export const PAGE_ALIAS = 'page';

/** The parameter of Systems Manager with the address to which `redress --aws` sends answers. */
const ANSWERS_PARAMETER = '/redress/answers-url';

/**
 * The API of questions and answers, in front of `answer-approval`. Every route has an authorizer: browsers send a token of
 * an OIDC issuer to `/approvals/{id}`, and the command line signs its requests to `/answers/{id}` with the caller's
 * credentials (SigV4).
 *
 * The function accepts HTTP requests only through its alias `page`, and only this API may invoke the alias. A direct
 * invocation decides nothing: whoever may invoke a function could write any name into the payload.
 */
export class ApprovalPage extends Construct {
  readonly api: apigateway.HttpApi;
  readonly alias: lambda.Alias;
  readonly accessLog: logs.LogGroup;
  private readonly parameter: ssm.StringParameter;

  constructor(scope: Construct, id: string, props: ApprovalPageProps) {
    super(scope, id);
    this.alias = new lambda.Alias(this, 'Alias', {
      aliasName: PAGE_ALIAS,
      version: props.answers.function.currentVersion,
      description: 'For the HTTP API of the approval page only.',
    });
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: 'redress-approvals',
      description: 'Shows the questions of Redress, and takes the answers.',
      defaultAuthorizer: new HttpIamAuthorizer(),
      createDefaultStage: false,
    });
    const integration = new HttpLambdaIntegration('Answers', this.alias);
    const { GET, HEAD, POST } = apigateway.HttpMethod;
    this.api.addRoutes({ path: '/answers/{id}', methods: [GET, POST], integration });
    if (props.page) {
      const authorizer = new HttpJwtAuthorizer('Issuer', props.page.issuer, {
        authorizerName: 'redress-approvals',
        jwtAudience: [...props.page.audience],
      });
      this.api.addRoutes({ path: '/approvals/{id}', methods: [GET, HEAD, POST], integration, authorizer });
    }
    this.parameter = new ssm.StringParameter(this, 'AnswersUrl', {
      parameterName: ANSWERS_PARAMETER,
      description: 'The address to which the command line of Redress sends answers.',
      stringValue: `${this.api.apiEndpoint}/answers`,
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

  /** The statements of people who answer with the command line. */
  peopleStatements(): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({
        actions: ['execute-api:Invoke'],
        resources: ['GET', 'POST'].map((method) => this.api.arnForExecuteApi(method, '/answers/*', '$default')),
      }),
      new iam.PolicyStatement({ actions: ['ssm:GetParameter'], resources: [this.parameter.parameterArn] }),
    ];
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
    caller: '$context.identity.userArn',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  };
  return AccessLogFormat.custom(JSON.stringify(fields));
}
