import test from 'ava';
import { nameDevice } from './name-device.ts';

test('a browser is named with its operating system', (t) => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36';
  t.is(nameDevice(chrome), 'Chrome, Linux');
  t.is(nameDevice(`${chrome} Edg/142.0`), 'Edge, Linux');
  const iphone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1';
  t.is(nameDevice(iphone), 'Safari, iPhone');
  t.is(
    nameDevice('Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0'),
    'Firefox, Windows',
  );
});

test('a program is named by its first word; no user agent gives null', (t) => {
  t.is(nameDevice('curl/8.5.0'), 'curl');
  t.is(nameDevice(''), null);
  t.is(nameDevice(null), null);
});
