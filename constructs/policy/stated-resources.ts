import type { AdmissionPolicy } from './admission-policy.ts';

const withoutCpu = 'Set resources.requests.cpu: without it they get no share of a busy node.';
const withoutMemory = 'Set resources.limits.memory: without it one leak takes the memory of the whole node.';

/**
 * One pod cannot starve the others. A limit without a request is the request as well (the API's own default), so a memory
 * limit alone states both. Debug containers cannot have resources.
 */
export const statedResources: AdmissionPolicy = {
  name: 'stated-resources',
  demands: 'Every container requests cpu and memory, and has a memory limit.',
  variables: {
    containers: 'variables.podSpec.?initContainers.orValue([]) + variables.podSpec.containers',
    withoutCpu:
      'variables.containers.filter(c, !c.?resources.?requests.?cpu.hasValue() && !c.?resources.?limits.?cpu.hasValue()).map(c, c.name)',
    withoutMemory: 'variables.containers.filter(c, !c.?resources.?limits.?memory.hasValue()).map(c, c.name)',
  },
  validations: [
    {
      expression: 'variables.withoutCpu.size() == 0',
      messageExpression: `'containers without a cpu request: ' + variables.withoutCpu.join(', ') + '. ${withoutCpu}'`,
      message: `a container has no cpu request. ${withoutCpu}`,
    },
    {
      expression: 'variables.withoutMemory.size() == 0',
      messageExpression: `'containers without a memory limit: ' + variables.withoutMemory.join(', ') + '. ${withoutMemory}'`,
      message: `a container has no memory limit. ${withoutMemory}`,
    },
  ],
};
