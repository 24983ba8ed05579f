import type { Pod } from './kube.ts';

/** A sentence for each component whose pods could be on more of the nodes than they are. */
export function unevenlySpread(
  pods: readonly Pick<Pod, 'component' | 'node'>[],
  nodes: readonly string[],
): string[] {
  const components = [...new Set(pods.map(({ component }) => component))];
  return components.flatMap((component) => {
    const counts = nodes.map(
      (node) => pods.filter((pod) => pod.component === component && pod.node === node).length,
    );
    if (Math.max(...counts) - Math.min(...counts) <= 1) return [];
    return [`${component}: ${nodes.map((node, index) => `${counts[index]} on ${node}`).join(', ')}`];
  });
}
