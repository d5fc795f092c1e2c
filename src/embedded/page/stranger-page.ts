/** For who comes without the key: a person who typed the address by heart. */
export const strangerPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kaggle Agent</title>
<main>
<h1>This page needs its key</h1>
<p>Open the address that Kaggle Agent printed when it started; it ends with <code>?key=…</code>.
Your browser then remembers it.</p>
</main>
</html>
`;
