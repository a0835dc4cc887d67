import json, asyncio
from tests.support.product import *
async def test_x(product):
    ada = await product.person("ada")
    other = await ada.connect()
    base = f"{product.url}/socket.io/?EIO=4&transport=polling"
    async with product.http.get(base) as r:
        sid = json.loads((await r.text())[1:])["sid"]
    url = base + "&sid=" + sid
    async def post(body):
        async with product.http.post(url, data=body) as r:
            return r.status
    print(await post("40" + json.dumps({"token": ada.token})))
    n=0; st=[]
    for i in range(160):
        body = "\x1e".join(f'42{i*16+k}["clock:sync",{{"t0":1}}]' for k in range(16))
        st.append(await post(body))
    from collections import Counter
    print(Counter(st))
    print(await other.do("timer:current"))
    t = await other.command("timer:start")
    print(len(other.events))
    async with product.http.get(url) as r:
        print(r.status, (await r.text())[-300:])
    product.process.terminate()
    print(product.process.stdout.read()[-3000:])
