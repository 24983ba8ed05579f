import { type Database, queryOnce } from '@guichet/database';
import { toDecimal } from '@guichet/money';
import { type Xml, xml } from '../documents/xml.ts';
import type { PaymentBatch } from './batch.ts';
import { epcText } from './epc-text.ts';
import { type BatchedTransfer, readBatched } from './store.ts';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';
const PAGE = 500;

/** The lengths that the EPC's guidelines allow, shorter than the schema's. */
const NAME_LENGTH = 70;
const REMITTANCE_LENGTH = 140;

export function fileNameOf({ id }: Pick<PaymentBatch, 'id'>): string {
  return `pain001-${id}.xml`;
}

/**
 * A batch as ISO 20022 pain.001.001.09 (CustomerCreditTransferInitiationV09), by the EPC's guidelines for SEPA credit transfers (EPC132-08): the bank
 * pays from its account, in the name of its customers. It depends on nothing but what was stored with the batch, so that it is always the same file.
 */
export async function* writePain001(db: Database, batch: PaymentBatch): AsyncGenerator<string> {
  const { id, count, totalMinor, currency, createdAt, executeOn, bankIban, bankBic } = batch;
  const messageId = compact(id);
  const sums = xml`<NbOfTxs>${count}</NbOfTxs><CtrlSum>${toDecimal(totalMinor, currency)}</CtrlSum>`;
  const bank = nameOf(batch.bankName);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${NAMESPACE}"><CstmrCdtTrfInitn>`;
  yield xml`<GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>${createdAt.toISOString()}</CreDtTm>${sums}<InitgPty>${bank}</InitgPty></GrpHdr>`
    .text;
  yield '<PmtInf>';
  yield xml`<PmtInfId>${messageId}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>${sums}<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>${executeOn}</Dt></ReqdExctnDt>`
    .text;
  yield xml`<Dbtr>${bank}</Dbtr><DbtrAcct><Id><IBAN>${bankIban}</IBAN></Id><Ccy>${currency}</Ccy></DbtrAcct><DbtrAgt><FinInstnId><BICFI>${bankBic}</BICFI></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>`
    .text;
  for (let after: string | null = null; ; ) {
    const page: BatchedTransfer[] = await queryOnce(db, readBatched(id, { after, limit: PAGE }));
    yield page.map((one) => transfer(one, currency).text).join('');
    if (page.length < PAGE) break;
    after = page.at(-1)?.operationId ?? null;
  }
  yield '</PmtInf></CstmrCdtTrfInitn></Document>\n';
}

function transfer(
  { operationId, amountMinor, toName, toIban, reference, debtorName }: BatchedTransfer,
  currency: string,
): Xml {
  const debtor = debtorName === null ? null : epcText(debtorName, NAME_LENGTH);
  const remittance = reference === null ? null : epcText(reference, REMITTANCE_LENGTH);
  return xml`<CdtTrfTxInf><PmtId><EndToEndId>${compact(operationId)}</EndToEndId></PmtId><Amt><InstdAmt Ccy="${currency}">${toDecimal(amountMinor, currency)}</InstdAmt></Amt>${
    debtor && xml`<UltmtDbtr><Nm>${debtor}</Nm></UltmtDbtr>`
  }<Cdtr>${nameOf(toName ?? '')}</Cdtr><CdtrAcct><Id><IBAN>${toIban}</IBAN></Id></CdtrAcct>${
    remittance && xml`<RmtInf><Ustrd>${remittance}</Ustrd></RmtInf>`
  }</CdtTrfTxInf>`;
}

function nameOf(name: string): Xml {
  return xml`<Nm>${epcText(name, NAME_LENGTH) ?? 'NOTPROVIDED'}</Nm>`;
}

/** A UUID in 32 characters: identifications have at most 35. */
function compact(id: string): string {
  return id.replaceAll('-', '');
}
