// Which pass the reader reads, known before anything of the page is drawn: the link says it (?pass=2), or else
// this browser remembers it, or else it is the first.

(() => {
  let kept = null;
  try {
    kept = localStorage.getItem("ml-foundations:pass");
  } catch {
    // storage is switched off
  }
  const asked = new URLSearchParams(location.search).get("pass");
  document.documentElement.dataset.pass = [asked, kept].find((one) => /^[123]$/u.test(one)) ?? "1";
})();
