import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** A selector in a query: a metric and its label matchers. */
export interface Selector {
  metric: string;
  matchers: { label: string; operator: string; value: string }[];
}

/** All selectors of a PromQL expression. @throws Error if it is not valid PromQL */
export function selectorsOf(expression: string): Selector[] {
  const tree = parser.parse(expression);
  const found: Selector[] = [];
  tree.iterate({
    enter({ name, from, type, node }) {
      if (type.isError) throw new Error(`invalid PromQL at character ${from}: ${expression}`);
      if (name === 'VectorSelector') found.push(readSelector(node, expression));
    },
  });
  return found;
}

/** The labels by which an expression groups or joins. */
export function groupingLabelsOf(expression: string): string[] {
  const labels: string[] = [];
  parser.parse(expression).iterate({
    enter({ name, node }) {
      if (name === 'GroupingLabels')
        labels.push(...node.getChildren('LabelName').map((label) => textOf(label, expression)));
    },
  });
  return labels;
}

function readSelector(node: SyntaxNode, expression: string): Selector {
  const identifier = node.getChild('Identifier');
  const matchers = node
    .getChild('LabelMatchers')
    ?.getChildren('UnquotedLabelMatcher')
    .map((matcher) => ({
      label: textOf(matcher.getChild('LabelName'), expression),
      operator: textOf(matcher.getChild('MatchOp'), expression),
      value: JSON.parse(textOf(matcher.getChild('StringLiteral'), expression)) as string,
    }));
  return { metric: identifier === null ? '' : textOf(identifier, expression), matchers: matchers ?? [] };
}

function textOf(node: SyntaxNode | null, expression: string): string {
  return node === null ? '' : expression.slice(node.from, node.to);
}
