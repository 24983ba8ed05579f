/** A payment of a test file; the amount as ISO 20022 writes it. */
export interface Sent {
  endToEndId?: string;
  amount?: string;
  currency?: string;
  name?: string;
  debtorIban?: string;
  iban?: string;
  text?: string;
  txId?: string;
}

const filled = ({
  endToEndId = 'NOTPROVIDED',
  amount = '100.00',
  currency = 'EUR',
  name = 'Acme SARL',
  debtorIban = 'DE89370400440532013000',
  iban = 'FR7630006000011234567890189',
  text = 'Salary November',
  txId = '',
}: Sent) => ({ endToEndId, amount, currency, name, debtorIban, iban, text, txId });

const sumOf = (payments: readonly Sent[]) =>
  (payments.reduce((sum, { amount = '100.00' }) => sum + Math.round(Number(amount) * 100), 0) / 100).toFixed(
    2,
  );

/** A pacs.008.001.08 as a clearing house sends it. */
export function pacs008(messageId: string, payments: readonly Sent[], head = ''): string {
  const transactions = payments.map(filled).map(
    (one) => `<CdtTrfTxInf>
      <PmtId><EndToEndId>${one.endToEndId}</EndToEndId>${one.txId === '' ? '' : `<TxId>${one.txId}</TxId>`}</PmtId>
      <IntrBkSttlmAmt Ccy="${one.currency}">${one.amount}</IntrBkSttlmAmt><ChrgBr>SLEV</ChrgBr>
      <Dbtr><Nm>${one.name}</Nm></Dbtr><DbtrAcct><Id><IBAN>${one.debtorIban}</IBAN></Id></DbtrAcct>
      <CdtrAcct><Id><IBAN>${one.iban}</IBAN></Id></CdtrAcct>
      <RmtInf><Ustrd>${one.text}</Ustrd></RmtInf>
    </CdtTrfTxInf>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>${head}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
  <GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>2026-10-15T08:00:00Z</CreDtTm><NbOfTxs>${payments.length}</NbOfTxs>
    <TtlIntrBkSttlmAmt Ccy="EUR">${sumOf(payments)}</TtlIntrBkSttlmAmt><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>
  ${transactions.join('\n')}
</FIToFICstmrCdtTrf></Document>`;
}

/** A camt.054.001.08 with one entry for all payments. */
export function camt054(messageId: string, payments: readonly Sent[], { reason = '' } = {}): string {
  const details = payments.map(filled).map(
    (one) => `<TxDtls>
      <Refs><EndToEndId>${one.endToEndId}</EndToEndId></Refs><Amt Ccy="${one.currency}">${one.amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
      <RltdPties><Dbtr><Pty><Nm>${one.name}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>${one.debtorIban}</IBAN></Id></DbtrAcct>
        <CdtrAcct><Id><IBAN>${one.iban}</IBAN></Id></CdtrAcct></RltdPties>
      <RmtInf><Ustrd>${one.text}</Ustrd></RmtInf>${reason === '' ? '' : `<RtrInf><Rsn><Cd>${reason}</Cd></Rsn></RtrInf>`}
    </TxDtls>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
  <GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>2026-10-15T08:00:00Z</CreDtTm></GrpHdr>
  <Ntfctn><Id>1</Id>
    <Ntry><Amt Ccy="EUR">12.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts></Ntry>
    <Ntry><Amt Ccy="EUR">${sumOf(payments)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
      <NtryDtls>${details.join('\n')}</NtryDtls></Ntry>
  </Ntfctn>
</BkToCstmrDbtCdtNtfctn></Document>`;
}

/** A pacs.004.001.09 that returns payments of the bank by their end-to-end ids. */
export function pacs004(
  messageId: string,
  returns: readonly { endToEndId: string; amount: string; reason?: string }[],
): string {
  const transactions = returns.map(
    ({ endToEndId, amount, reason = 'AC04' }) => `<TxInf>
      <RtrId>R-${endToEndId.slice(0, 20)}</RtrId><OrgnlEndToEndId>${endToEndId}</OrgnlEndToEndId>
      <RtrdIntrBkSttlmAmt Ccy="EUR">${amount}</RtrdIntrBkSttlmAmt>
      <RtrRsnInf><Rsn><Cd>${reason}</Cd></Rsn></RtrRsnInf>
    </TxInf>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"><PmtRtr>
  <GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>2026-10-15T08:00:00Z</CreDtTm><NbOfTxs>${returns.length}</NbOfTxs></GrpHdr>
  ${transactions.join('\n')}
</PmtRtr></Document>`;
}
