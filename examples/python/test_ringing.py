"""Tests an application that receives webhooks of calls: python3 -m unittest, beside a running uapi-emulator."""
import json
import os
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

UAPI = os.environ.get("UAPI_URL", "http://127.0.0.1:4772")
arrived = []


class Application(BaseHTTPRequestHandler):
    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        arrived.append(parse_qs(form, keep_blank_values=True))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def ask(path, body, **headers):
    request = urllib.request.Request(UAPI + path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    return json.load(urllib.request.urlopen(request))


class Ringing(unittest.TestCase):
    def test_the_application_receives_how_a_call_ended(self):
        application = HTTPServer(("127.0.0.1", 0), Application)
        threading.Thread(target=application.serve_forever, daemon=True).start()
        event = {"method": "1", "url": f"http://127.0.0.1:{application.server_port}/ended"}
        known = {"Authorization": "Bearer emulator-user-token"}
        made = ask("/uapi/extensions/@me/0003*210/phoneCallEvents/2", event, **known)["PhoneCallEvent"]
        call = ask("/_emulator/calls", {"from": "0003*211", "to": "0003*210", "outcome": "busy"})
        match = {"callId": call["callId"], "eventId": made["id"], "state": "delivered"}
        self.assertTrue(ask("/_emulator/deliveries/verify", {"match": match, "timeoutMs": 10000})["verified"])
        self.assertEqual(arrived[0]["CallStatus"], ["BUSY"])
        application.shutdown()
