/** The services that Redress hears from: whoever switches them off, or makes them keep findings back, makes it deaf. */
import { calls, DONE, type Watch } from './watch.ts';

/** The calls of a service that do not switch anything off. All others that change something are told. */
export const ORDINARY: Readonly<Record<string, readonly string[]>> = {
  cloudtrail: ['AddTags', 'CreateTrail', 'RemoveTags', 'StartLogging', 'StartQuery', 'CancelQuery'],
  guardduty: [
    'ArchiveFindings',
    'CreateSampleFindings',
    'StartMalwareScan',
    'TagResource',
    'UnarchiveFindings',
    'UntagResource',
    'UpdateFindingsFeedback',
  ],
  securityhub: [
    'BatchImportFindings',
    'BatchUpdateFindings',
    'BatchUpdateFindingsV2',
    'CreateInsight',
    'CreateTicketV2',
    'DeleteInsight',
    'TagResource',
    'UntagResource',
    'UpdateInsight',
  ],
  'access-analyzer': [
    'CancelPolicyGeneration',
    'CreateAccessPreview',
    'CreateAnalyzer',
    'GenerateFindingRecommendation',
    'StartPolicyGeneration',
    'StartResourceScan',
    'TagResource',
    'UntagResource',
    'UpdateFindings',
  ],
};

/** Config has many calls of every day, so those that end or narrow what it reports are named. */
export const OF_CONFIG = [
  'DeleteConfigRule',
  'DeleteConfigurationRecorder',
  'DeleteConformancePack',
  'DeleteDeliveryChannel',
  'DeleteOrganizationConfigRule',
  'DeleteOrganizationConformancePack',
  'DeleteServiceLinkedConfigurationRecorder',
  'DisassociateResourceTypes',
  'PutConfigurationRecorder',
  'StopConfigurationRecorder',
];

/** Changes of the sources: CloudTrail, GuardDuty, Security Hub, Access Analyzer and Config, in any account and region. */
export function changesOfSources(): Watch[] {
  const means = (service: string) => `${service} was changed, from which Redress hears: it may hear nothing any more`;
  const watch = (id: string, service: string, name: string): Watch => ({
    id,
    means: means(name),
    pattern: calls(service, { ...DONE, eventName: [{ 'anything-but': [...ORDINARY[service]!] }] }),
  });
  return [
    watch('Trail', 'cloudtrail', 'CloudTrail'),
    watch('GuardDuty', 'guardduty', 'GuardDuty'),
    watch('SecurityHub', 'securityhub', 'Security Hub'),
    watch('AccessAnalyzer', 'access-analyzer', 'Access Analyzer'),
    { id: 'Config', means: means('AWS Config'), pattern: calls('config', { ...DONE, eventName: OF_CONFIG }) },
  ];
}
