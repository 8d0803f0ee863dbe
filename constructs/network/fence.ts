import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ClusterFacts } from '../facts.ts';
import { keys, objectLabels } from '../manifest.ts';
import { find, report } from '../problem.ts';
import { type Reason, type Reasons, recordReasons } from '../reason.ts';
import { type Fence, type Flow, peerText } from './flow.ts';
import { flowFindings } from './flow-findings.ts';
import { flowProblems } from './flow-problems.ts';

/**
 * Makes the policy objects of a fence with the cluster's engine, annotated with what each flow is for.
 *
 * @param whose `agent claw`
 */
export function makeFence(scope: Construct, id: string, whose: string, fence: Fence, cluster: ClusterFacts): void {
  const { objects, findings, problems, implied } = cluster.network.objects(fence, cluster);
  const found = [...flowFindings(fence), ...findings];
  report(scope, ...fence.flows.flatMap(flowProblems), ...problems);
  find(scope, ...found);
  const reasons = (): Reasons => ({
    purpose: `fence of ${whose}`,
    parts: [...(implied ?? []), ...fence.flows.flatMap((flow) => flowReasons(flow, cluster))],
    findings: found,
  });
  objects.forEach((object, index) => {
    const made = new ApiObject(scope, index === 0 ? id : `${id}-${index}`, {
      ...object,
      metadata: {
        name: fence.name,
        namespace: fence.namespace,
        ...object.metadata,
        labels: {
          ...(fence.ownLabels ?? objectLabels(fence.labels[keys.app] ?? '', fence.labels[keys.instance] ?? '')),
          ...object.metadata?.labels,
        },
        annotations: { [keys.flows]: flowLines(fence), ...object.metadata?.annotations },
      },
    });
    recordReasons(made, reasons);
  });
}

/** A flow once for each that asked for it. */
function flowReasons(flow: Flow, { network }: ClusterFacts): Reason[] {
  const { peer, because, causes = [{ because }] } = flow;
  const what = flowText(flow);
  if (peer.kind !== 'host' || network.matchesHostNames) return causes.map((cause) => ({ what, ...cause }));
  const details = [`enforced as ${peer.addresses === 'public' ? 'every public address' : peer.addresses.join(', ')}`];
  return causes.map((cause) => ({ what, ...cause, details }));
}

/** One line per flow, for reviewers: `out api.anthropic.com:443 (model provider anthropic)`. */
function flowLines({ flows }: Fence): string {
  return flows.map((flow) => `${flowText(flow)} (${flow.because})\n`).join('');
}

/** A flow as a reviewer reads it: `out api.anthropic.com:443`. */
function flowText({ direction, peer, ports }: Flow): string {
  const list = ports.map(({ port, protocol }) => (protocol === 'UDP' ? `${port}/UDP` : `${port}`)).join(',');
  return `${direction} ${peerText(peer)}:${list}`;
}
