export interface Payer {
  name: string;
  iban: string;
}

/** A payment to an account of the bank; the amount in minor units of euros. */
export interface Payment {
  /** Its end-to-end id. */
  id: string;
  iban: string;
  amount: number;
  text: string;
}

/** A pacs.008.001.08 with the payments of a payer, as another bank sends it. */
export function pacs008(messageId: string, payer: Payer, payments: readonly Payment[]): string {
  const total = payments.reduce((sum, { amount }) => sum + amount, 0);
  const transactions = payments.map(
    ({ id, iban, amount, text }) =>
      `<CdtTrfTxInf><PmtId><EndToEndId>${id}</EndToEndId></PmtId><IntrBkSttlmAmt Ccy="EUR">${decimal(amount)}</IntrBkSttlmAmt><ChrgBr>SLEV</ChrgBr>` +
      `<Dbtr><Nm>${payer.name}</Nm></Dbtr><DbtrAcct><Id><IBAN>${payer.iban}</IBAN></Id></DbtrAcct>` +
      `<CdtrAcct><Id><IBAN>${iban}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>${text}</Ustrd></RmtInf></CdtTrfTxInf>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>${new Date().toISOString()}</CreDtTm><NbOfTxs>${payments.length}</NbOfTxs><TtlIntrBkSttlmAmt Ccy="EUR">${decimal(total)}</TtlIntrBkSttlmAmt><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>
${transactions.join('\n')}
</FIToFICstmrCdtTrf></Document>
`;
}

function decimal(minor: number): string {
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}
