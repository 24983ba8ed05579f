/** A page of this site; null if it can't be loaded. A document from an XMLHttpRequest runs no script, so it needs no exception from Trusted Types, as DOMParser would. */
export function loadPage(address: string, headers: Record<string, string> = {}): Promise<Document | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', address);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = 'document';
    request.timeout = 15_000;
    request.onload = () => resolve(request.status === 200 ? request.responseXML : null);
    request.onerror = () => resolve(null);
    request.ontimeout = () => resolve(null);
    request.send();
  });
}
