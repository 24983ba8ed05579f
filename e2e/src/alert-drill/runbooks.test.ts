import test from 'ava';
import { commandIn } from './runbooks.ts';

const PAGE = `# A page

\`\`\`sh
kubectl get pods
kubectl exec a -- list \\
  --all
kubectl exec -i b -- sql <<SQL
SELECT 1;
SELECT 2;
SQL
\`\`\`

1. Run \`helm rollback\`, or a longer \`kubectl exec c
   -- retry now\`.

\`\`\`sql
DELETE FROM nothing;
\`\`\`
`;

test('a command is a line of a block, with its continued lines or its statements, or a piece of code in a sentence', (t) => {
  t.is(commandIn(PAGE, 'get pods'), 'kubectl get pods');
  t.is(commandIn(PAGE, '-- list'), 'kubectl exec a -- list \\\n  --all');
  t.is(commandIn(PAGE, 'SELECT 2'), 'kubectl exec -i b -- sql <<SQL\nSELECT 1;\nSELECT 2;\nSQL');
  t.is(commandIn(PAGE, 'retry'), 'kubectl exec c -- retry now');
  t.is(commandIn(PAGE, 'DELETE'), null);
});
