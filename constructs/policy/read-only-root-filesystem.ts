import type { AdmissionPolicy } from './admission-policy.ts';
import { everyContainer } from './pod-spec.ts';

const toDo = 'Set securityContext.readOnlyRootFilesystem to true, and mount a volume where the program writes.';

/** What gets into a container cannot change the program that runs in it. Holds for debug containers as well. */
export const readOnlyRootFilesystem: AdmissionPolicy = {
  name: 'read-only-root-filesystem',
  demands: 'The root filesystem of every container is read-only.',
  variables: {
    ...everyContainer,
    writable:
      'variables.containers.filter(c, !c.?securityContext.?readOnlyRootFilesystem.orValue(false)).map(c, c.name)',
  },
  validations: [
    {
      expression: 'variables.writable.size() == 0',
      messageExpression: `'containers with a writable root filesystem: ' + variables.writable.join(', ') + '. ${toDo}'`,
      message: `a container has a writable root filesystem. ${toDo}`,
    },
  ],
};
