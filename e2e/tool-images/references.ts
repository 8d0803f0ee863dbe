/** Prints the references that `make.sh` makes stand-ins for: of kubectl, the Kubernetes MCP server and Chromium. */
import { imageReference, images } from '../../constructs/images.ts';

const { kubectl136, kubernetesMcpServer, headlessShell } = images;
console.log([kubectl136, kubernetesMcpServer, headlessShell].map(imageReference).join(' '));
