import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ClusterFacts } from '../facts.ts';
import { keys, objectLabels } from '../manifest.ts';
import { find, report } from '../problem.ts';
import { type Fence, peerText } from './flow.ts';
import { flowFindings } from './flow-findings.ts';
import { flowProblems } from './flow-problems.ts';

/** Makes the policy objects of a fence with the cluster's engine, annotated with what each flow is for. */
export function makeFence(scope: Construct, id: string, fence: Fence, cluster: ClusterFacts): void {
  const { objects, findings, problems } = cluster.network.objects(fence, cluster);
  report(scope, ...fence.flows.flatMap(flowProblems), ...problems);
  find(scope, ...flowFindings(fence), ...findings);
  objects.forEach((object, index) => {
    new ApiObject(scope, index === 0 ? id : `${id}-${index}`, {
      ...object,
      metadata: {
        name: fence.name,
        namespace: fence.namespace,
        ...object.metadata,
        labels: {
          ...objectLabels(fence.labels[keys.app] ?? '', fence.labels[keys.instance] ?? ''),
          ...object.metadata?.labels,
        },
        annotations: { [keys.flows]: flowLines(fence), ...object.metadata?.annotations },
      },
    });
  });
}

/** One line per flow, for reviewers: `out api.anthropic.com:443 (model provider anthropic)`. */
function flowLines({ flows }: Fence): string {
  return flows
    .map(({ direction, peer, ports, because }) => {
      const list = ports.map(({ port, protocol }) => (protocol === 'UDP' ? `${port}/UDP` : `${port}`)).join(',');
      return `${direction} ${peerText(peer)}:${list} (${because})\n`;
    })
    .join('');
}
