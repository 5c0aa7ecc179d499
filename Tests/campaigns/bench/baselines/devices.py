"""The plain loop over the device report: page after page into one list, which is the result."""

import demistomock as demisto

from bench.baselines.api import Api

FIELDS = (
    "deviceUid,deviceName,esn,fullSystemName,domain,serialNumber,agentStatus,lastConnectedDateTimeUtc,platformOSType,"
    "operatingSystem,systemManufacturer,systemModel,systemType,username,currentUsername,localIp,publicIp,"
    "espInfo.encryptionStatus,policyGroupUid,policyGroupName,isStolen,deviceStatus,deviceFreezeStatus"
)

devices = []
for page in Api(demisto.params()).pages("/v3/reporting/devices", f"select={FIELDS}&pageSize=500"):
    devices += page
demisto.results({"Type": 1, "ContentsFormat": "json", "Contents": devices, "EntryContext": {"Absolute.Device": devices}})
