import { decodePage, type EscPosCodePage, type EscPosProfile } from '@elcert/device-drivers/escpos';

// What a model draws for each byte. A wrong number gives the characters of another page, as it does on paper.

/** Upper halves of the pages that nearly all models have at the same numbers (Python's codecs). */
const western: Readonly<Record<number, string>> = {
  0: 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  2: 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  3: 'ÇüéâãàÁçêÊèÍÔìÃÂÉÀÈôõòÚùÌÕÜ¢£Ù₧ÓáíóúñÑªº¿Ò¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  18: 'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u00ad˝˛ˇ˘§÷¸°¨˙űŘř■\u00a0',
  19: 'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
};

/** Draws a byte of 20h and above. */
export type PageDecoder = (byte: number) => string;

const westernDecoder =
  (upper: string): PageDecoder =>
  (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : (upper[byte - 0x80] ?? '?');

/** What a printer starts with: CP437. */
export const startPage: PageDecoder = westernDecoder(western[0] ?? '');

/** The page of a model with a number; nothing when it has none, which leaves the former page on. */
export function pageOfModel({ codePages }: EscPosProfile, number: number): PageDecoder | undefined {
  for (const [page, numbers] of Object.entries(codePages) as [EscPosCodePage, readonly number[]][])
    if (numbers.includes(number)) return (byte) => decodePage(Uint8Array.of(byte), page);
  const upper = western[number];
  if (upper !== undefined) return westernDecoder(upper);
  if (number === 16) {
    const decoder = new TextDecoder('windows-1252');
    return (byte) => decoder.decode(Uint8Array.of(byte));
  }
  return undefined;
}

/** The character of two bytes in double-byte mode: GB 18030, as Chinese models have it. */
export function doubleByteCharacter(first: number, second: number): string {
  return new TextDecoder('gb18030').decode(Uint8Array.of(first, second));
}
