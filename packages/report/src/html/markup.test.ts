import { test } from "uvu";
import * as assert from "uvu/assert";
import { html, jsonElement, trusted } from "./markup.ts";

test("html: escapes what is put in, in text and in attributes, but for markup", () => {
  const name = `<script>alert("x")</script> & 'y' 🎉`;
  const escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39; 🎉";
  assert.is(html`<b title="${name}">${name}</b>`.text, `<b title="${escaped}">${escaped}</b>`);
  assert.is(
    html`<p>${html`<i>${"<"}</i>`}${[html`<u>x</u>`, "&"]}${trusted("<br>")}</p>`.text,
    "<p><i>&lt;</i><u>x</u>&amp;<br></p>",
  );
});

test("html: null, undefined and false are nothing; 0 is a number", () => {
  assert.is(html`${null}${undefined}${false}${0}`.text, "0");
});

test("jsonElement: nothing in it can end the element", () => {
  const value = { name: "</script><!-- \u2028 &" };
  const { text } = jsonElement("a", value);
  const json = text.slice(text.indexOf(">") + 1, text.lastIndexOf("<"));
  assert.not.match(json, /[<>&\u2028]/);
  assert.equal(JSON.parse(json), value);
});

test.run();
