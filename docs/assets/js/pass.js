// Which pass the reader reads, known before anything of the page is drawn: the link says it (?pass=2), or else
// this browser remembers it, or else it is the first. Where the script that opens folded sections did not run,
// no pass is chosen and nothing is folded.

(() => {
  const root = document.documentElement;
  let kept = null;
  try {
    kept = localStorage.getItem("ml-foundations:pass");
  } catch {
    // storage is switched off
  }
  const asked = new URLSearchParams(location.search).get("pass");
  root.dataset.pass = [asked, kept].find((one) => /^[123]$/u.test(one)) ?? "1";
  document.addEventListener("DOMContentLoaded", () => {
    if (!root.classList.contains("passes-live")) delete root.dataset.pass;
  });
})();
