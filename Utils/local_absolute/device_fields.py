"""The fields of a device record that `select` accepts.

Source: the vendor's OpenAPI document, operation get-devices, parameter `select` (573 paths). The members of
deviceFreezeActionStatus, customFields, licenseBase, licenseAddon and of every rnr object (Application Resilience)
can only be selected as a whole, so they have no members here.
"""

_WHOLE = """
    accountUid agentStatus agentVersion availablePhysicalRamBytes availableVirtualMemoryBytes avgMinutesInUse bootDevice bssId
    chassisType classification ctesVersion currentNetworkName currentUsername customFields defaultGateway
    deviceFreezeActionStatus deviceFreezeReportingStatuses deviceGroupIds deviceName deviceUid domain esn firstCallDateTimeUtc
    freezePolicyUid fullSystemName homeNetworkName imei imsi isCTESActive isStolen lastConnectedDateTimeUtc
    lastUpdatedDateTimeUtc licenseAddon licenseBase localIp localIpAddress locale networkSSID orgUnits origin pageFile
    pageFileSpaceBytes persistentAgentVersion phoneNumber platformOSType policyGroupName policyGroupUid publicIp
    publicIpAddress rilSerialNumber serialNumber src systemDirectory systemIntegrityProtectionStatus systemManufacturer
    systemModel systemType timeZone totalPhysicalRamBytes totalVirtualMemoryBytes unenrollmentDateTimeUtc username
"""

_RESILIENCE_PRODUCTS = """
    ANYCONNECT APSCCM ActivTrak ApexOne Aranda AvastAntivirus BUFFERZONE BigFix BitLocker BtJumpClient CarbonBlack
    CarbonBlackEDR CiscoAMP CiscoUmbrella CitrixWorkspace CloudCodes CrowdStrike CylancePROTECT DeepArmor DeepInstinct
    DefenderATP DefenderAntivirus DellATP DellDG DellEncryption DellSupportAssistBusiness DellSupportAssistBusinessPCs
    DellTrustedDA ECLYPSIUM EClinicalWorks ESESTPAV ESETEPAV F5VPN FireEye ForcePointOneDLP ForescoutSC FortiClientFabricAgent
    FortiClientVPN GlobalProtect HALCYONAR HPTechPulse IMTLazarus IVANTIPATCHW IVANTI_NEURO Intune IvantiSAC JumpCloudAgent
    KASEYA LANDesk LanScopeAnClient LenovoUDC LenovoVantage Lightspeed MCAFEEAGENT MagicEndpoint Malwarebytes ManageEngine
    McAfeeDE Nessus NetMotion NetSfere Netskope Norton OKTAVERIFY OPSWATClient Octopus PLURILOCK Persystent PixartMDM PulseVPN
    Qualys Rapid7 SEPIOAGENT SYXSENSE SentinelOne SmartDeploy SmartEye SophosESC SymantecDLP SymantecEP SymantecMA TAEGIS
    TERAMIND TRUSTDELETE Tanium UnowhyMDM VmwareHorizon WinMagic WorkspaceONE XDR XMCyber ZIFTENZENITH ZTEdge Zscaler
"""

_MEMBERS = {
    "activeDirectoryData": """
        commonName domainComponent organizationalUnitName1 organizationalUnitName10 organizationalUnitName2
        organizationalUnitName3 organizationalUnitName4 organizationalUnitName5 organizationalUnitName6
        organizationalUnitName7 organizationalUnitName8 organizationalUnitName9
    """,
    "aspInfo": """
        adbEnabled adbEnabledRisk bootloaderUnlock bootloaderUnlockRisk deviceEncrypted deviceEncryptedRisk deviceRooted
        deviceRootedRisk gmsCertified gmsCertifiedRisk googleAppVerificationFrequency googleAppVerificationFrequencyRisk
        googleAppVerificationLevel googleAppVerificationLevelRisk installedAvApps installedAvAppsRisk installedCloudApps
        installedCloudAppsRisk installedEmmApps installedEmmAppsRisk installedMtdApps installedMtdAppsRisk
        lastFactoryResetDays lastFactoryResetDaysRisk lastImeiChangeDays lastImeiChangeDaysRisk lastImsiChangeDays
        lastImsiChangeDaysRisk lastMacAddressChangeDays lastMacAddressChangeDaysRisk lastSecurityUpdateUTCRisk
        lockScreenProtection lockScreenProtectionRisk nonGoogleAppVerification nonGoogleAppVerificationRisk osVersionRisk
        romType romTypeRisk screenTimeoutSecs screenTimeoutSecsRisk sdCardEncrypted sdCardEncryptedRisk totalRiskScore
        unknownSourcesInstall unknownSourcesInstallRisk
    """,
    "avpInfo": """
        antivirusDataReceivedDateTimeUtc antivirusDefinition antivirusDefinitionDateTimeUtc antivirusName antivirusVersion
    """,
    "battery": "capacity estimatedChargeRemaining estimatedRunTime expectedLife id maxRechargeTime name serialNumber",
    "bios": """
        assetTag id language manufacturer releaseDateTimeUtc serialNumber smBiosMajorVersion smBiosMinorVersion smBiosVersion
        version versionDate
    """,
    "bluetoothAdapters": "address description id isEnabled",
    "cameras": "description id isEnabled model name",
    "cdRoms": """
        description drive driver id manufacturer mediaLoaded mediaType name pnpDeviceId scsiTargetId status transferRate
    """,
    "cellularModems": """
        currentNetworkName currentNetworkNumericCode description enabled homeNetworkName homeNetworkNumericCode id imei imsi
        phoneNumber simSerialNumber type
    """,
    "cpu": """
        architecture busSpeed dataWidth gpuModel gpuSpeed id instructionSet l2CacheSize l2CacheSpeed l3CacheSize l3CacheSpeed
        logicalCores name physicalCores processorNumber processorSpeed
    """,
    "deviceFreezeStatus": "changedDateTimeUtc displayPassCode displayStatusCode passCode statusCode statusName",
    "deviceStatus": "emailContacts reported type",
    "disks": """
        bytesPerSector description diskIndex fileSystem firmwareRevision id manufacturer mediaType model name
        numberOfPartitions sectorsPerTrack serialNumber sizeBytes status totalCylinders totalHeads totalSectors totalTracks
        totalTracksPerCylinder
    """,
    "displays": """
        adapterDescription adapterRAM adapterType bitPerPixel depth driverVersion height horizontalResolution id manufacturer
        model name numberOfColors pnpDeviceId refreshRate resolution verticalResolution width
    """,
    "dlpStatus": """
        calcStatus featureType isEnabled lastDataReceivedDateTimeUtc lastUpdatedDateTimeUtc policyUid status statusCode
    """,
    "duStatus": """
        calcStatus featureType isEnabled lastDataReceivedDateTimeUtc lastUpdatedDateTimeUtc policyUid status statusCode
    """,
    "espInfo": """
        allDrivesEncrypted encryptionAlgorithm encryptionKeySize encryptionProductName encryptionStatus
        encryptionStatusDescription encryptionVersion hardwareEncryption lastEncryptionDataReceivedDateTimeUtc
    """,
    "espStatus": """
        calcStatus featureType isEnabled lastDataReceivedDateTimeUtc lastUpdatedDateTimeUtc policyUid status statusCode
    """,
    "geoData": """
        location location.accuracy location.geoAddress location.geoAddress.city location.geoAddress.country
        location.geoAddress.countryCode location.geoAddress.county location.geoAddress.state location.lastUpdateDateTimeUtc
        location.locationTechnology location.point location.point.coordinates location.point.type location.point.x
        location.point.y
    """,
    "geoStatus": """
        calcStatus featureType isEnabled lastDataReceivedDateTimeUtc lastUpdatedDateTimeUtc policyUid status statusCode
    """,
    "gssSyncData": """
        chromebookStatus gacDeviceAnnotatedAssetId gacDeviceAnnotatedLocation gacDeviceAnnotatedUser
        gacDeviceAutoUpdateExpiration gacDeviceBootMode gacDeviceDeviceId gacDeviceLastSyncDateTimeUtc gacDeviceNotes
        gacDeviceOrgUnitPath gacDevicePlatformVersion gacDeviceStatus lastGssSyncDateTimeUtc recentUsers
    """,
    "hdcStatus": """
        calcStatus featureType isEnabled lastDataReceivedDateTimeUtc lastUpdatedDateTimeUtc policyUid status statusCode
    """,
    "keyboards": "description driver id layout name numberOfFunctionKeys pnpDeviceId",
    "latestEvent": "eventDateTimeUtc eventStatus",
    "memories": "id manufacturer partNumber serialNumber sizeBytes slot speed status type typeDetail",
    "networkAdapters": """
        adapterType defaultGateway dhcpEnabled dhcpLeaseExpires dhcpLeaseObtained dhcpServer dnsHostName id installed
        interfaceIndex ipSubnet ipV4Address ipV6Address lastReset macAddress manufacturer name networkSSID pnpDeviceId
        productType serviceName speed
    """,
    "operatingSystem": """
        architecture build csdVersion currentBuild edition editionId installDateTimeUtc lastBootDateTimeUtc
        lastSecureUpdatedDateTimeUtc manufacturer name otherOSDescription productKey rawName releaseId serialNumber
        servicePack ubr version windowsDirectory
    """,
    "pointingDevices": """
        doubleSpeedThreshold handedness hardwareType id manufacturer name numberOfButtons pnpDeviceId powerManagementSupported
        status
    """,
    "printers": "driver id name port server share",
    "rrCountSummary": "failedCount persistentEventCount reinstallCount repairCount",
    "rsvpStatus": "isStrongPasswordRequired isSupported status version",
    "sccmHealthTests": "repairResult testDescription testResultDetails testStatus",
    "sccmInfo": """
        deviceUid sccmDateOnStatusDateTimeUtc sccmDateReceivedDateTimeUtc sccmLastKnownCorruptDateTimeUtc
        sccmLastKnownHealthyDateTimeUtc sccmRepairOption sccmStatus
    """,
    "sdcStatus": """
        calcStatus featureType isEnabled lastDataReceivedDateTimeUtc lastUpdatedDateTimeUtc policyUid status statusCode
    """,
    "sounds": "driver id manufacturer name pnpDeviceId status",
    "usbs": "id manufacturer name pnpDeviceId",
    "volumes": "boot compressed driveLetter fileSystem freeSpaceBytes id isPhysicalDisk mountPoint name serialNumber sizeBytes",
}

SELECTABLE_DEVICE_FIELDS = frozenset(
    [
        *_WHOLE.split(),
        *(f"rnr{product}" for product in _RESILIENCE_PRODUCTS.split()),
        *_MEMBERS,
        *(f"{name}.{member}" for name, members in _MEMBERS.items() for member in members.split()),
    ]
)
