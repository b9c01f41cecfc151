"""Tests an application that receives webhooks of calls: python3 -m unittest, beside a running emulator."""
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


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": "Bearer emulator-user-token", "Content-Type": "application/json"}
    return json.load(urllib.request.urlopen(urllib.request.Request(UAPI + path, data, headers, method=method)))


class Ringing(unittest.TestCase):
    def test_the_application_receives_how_a_call_ended(self):
        application = HTTPServer(("127.0.0.1", 0), Application)
        threading.Thread(target=application.serve_forever, daemon=True).start()
        self.addCleanup(application.server_close)
        self.addCleanup(application.shutdown)
        event = {"method": "1", "url": f"http://127.0.0.1:{application.server_port}/ended"}
        events = "/uapi/extensions/@me/0003*210/phoneCallEvents/2"
        made = ask("POST", events, event)["PhoneCallEvent"]
        self.addCleanup(ask, "DELETE", f"{events}/{made['id']}")
        call = ask("POST", "/_emulator/calls", {"from": "0003*211", "to": "0003*210", "outcome": "busy"})
        match = {"callId": call["callId"], "eventId": made["id"], "state": "delivered"}
        self.assertTrue(ask("POST", "/_emulator/deliveries/verify", {"match": match, "timeoutMs": 10000})["verified"])
        self.assertEqual(arrived[0]["CallStatus"], ["BUSY"])
